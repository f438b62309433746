"""The pages of people: the search, one person, what is revealed to whom; a run's rows."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import insert, select
from streamlit.testing.v1 import AppTest

from sync_core.access.audit import REVEALED
from sync_core.access.permissions import ADMIN, OPERATOR, VIEWER
from sync_core.base.clock import utc_now
from sync_core.base.settings import load
from sync_core.engine.source import find_source
from sync_core.inspect.masking import DOTS
from sync_core.inspect.refs import Refs, mark_of
from sync_core.store import changes
from sync_core.store.changes import Cell
from sync_core.store.control_access import AccessLog
from sync_core.store.data import rejected_rows
from sync_core.store.engines import Databases
from tests import seed
from tests.faults.test_markup import MARKUP, assert_harmless
from tests.pages.screen import Open, confirmed, keys, settled, words

CODE, MOBILE, EMAIL = "0000000008", "09000000001", "person1@example.ac.ir"
PERSONAL = (CODE, MOBILE, EMAIL)
REASON = "تماس برای حکم تازه"


def ref_of(key: str = CODE, source: str = "faculty") -> str:
    return Refs.of(load(), find_source(load(), source)).of_key(key)


def revealed(databases: Databases) -> list[tuple[str, str | None, str | None]]:
    with databases.control.read() as session:
        rows = session.scalars(select(AccessLog).where(AccessLog.action == REVEALED))
        return [(row.actor, row.target, row.detail) for row in rows]


def look_for(app: AppTest, text: str, source: str = "faculty") -> AppTest:
    return settled(app.text_input(key=f"search_{source}").set_value(text).run())


def rows(app: AppTest) -> int:
    return max(0, words(app).count("<tr>") - 1)


def state_of(app: AppTest) -> str:
    return repr(app.session_state)


def test_it_finds_people_by_name_and_keeps_what_was_typed_out_of_the_address(
    open_page: Open, databases: Databases
) -> None:
    seed.add_faculty(databases, 60)

    app = look_for(open_page("faculty", page="2"), "بهاره آزمایشی")

    assert rows(app) == 2
    assert "2 ردیف" in words(app) or "2 rows found" in words(app)
    assert "بهاره" not in repr(app.query_params)


def test_it_finds_one_person_by_the_whole_national_code(
    open_page: Open, databases: Databases
) -> None:
    seed.add_faculty(databases, 60)
    app = open_page("faculty")

    assert rows(look_for(app, CODE)) == 1
    assert not [value for value in PERSONAL if value in words(app)]
    assert CODE not in repr(app.query_params)
    assert rows(look_for(app, CODE[:9])) == 0
    assert "search_off" in words(app)
    assert rows(look_for(app, "")) == 50


def test_a_search_has_pages_of_its_own(open_page: Open, databases: Databases) -> None:
    seed.add_students(databases, 600)

    app = open_page("students", page="9")
    assert rows(app) == 50
    app = look_for(app, "آزمایشی", "students")

    assert rows(app) == 50
    assert "120" in words(app)
    assert app.session_state["page"] == 1


def test_each_row_links_to_its_person_by_an_opaque_name(
    open_page: Open, databases: Databases
) -> None:
    seed.add_faculty(databases, 60, missing=55)
    shown = words(open_page("faculty", rows="missing", page="2"))

    links = [unescape(link) for link in re.findall(r'href="(faculty\?[^"]*)"', shown)]
    queries = [parse_qs(urlsplit(link).query) for link in links]
    assert len(queries) == 5
    assert len({query["person"][0] for query in queries}) == 5
    assert {(query["rows"][0], query["page"][0]) for query in queries} == {("missing", "2")}
    assert not re.search(r"\d{8}", shown.split("<table")[1].replace("1405", ""))


def test_the_panel_shows_a_person_masked_and_closes(open_page: Open, databases: Databases) -> None:
    seed.add_faculty(databases, 3)

    app = open_page("faculty", rows="reported", person=ref_of())
    panel = words(app).split('class="hg-fields"')[1].split("</dl>")[0]

    assert f"{DOTS}008" in panel
    assert seed.NAMES[1] in panel
    assert "run?id=1" in panel
    assert not [value for value in PERSONAL if value in words(app)]
    app = settled(app.button(key="close_person").click().run())
    assert "close_person" not in keys(app)
    assert app.query_params == {"rows": "reported"}
    assert rows(app) == 3


@pytest.mark.parametrize("ref", ["x", CODE, "<b>x</b>", "A" * 3_000])
def test_a_forged_link_shows_nobody(open_page: Open, databases: Databases, ref: str) -> None:
    seed.add_faculty(databases, 3)

    app = open_page("faculty", person=ref)

    assert len(app.warning) == 1
    assert "reveal" not in keys(app)
    assert rows(app) == 3


def test_a_link_of_another_source_shows_nobody(open_page: Open, databases: Databases) -> None:
    seed.add_faculty(databases, 3)
    seed.add_students(databases, 3)

    app = open_page("faculty", person=ref_of("4010000001", "students"))

    assert len(app.warning) == 1
    assert "close_person" in keys(open_page("students", person=ref_of("4010000001", "students")))


@pytest.mark.parametrize("role", [OPERATOR, ADMIN])
def test_it_reveals_with_a_reason_and_only_in_the_dialog(
    open_page: Open, databases: Databases, role: str
) -> None:
    seed.add_faculty(databases, 3)
    app = settled(open_page("faculty", role, person=ref_of()).button(key="reveal").click().run())
    assert not [value for value in PERSONAL if value in words(app)]
    assert revealed(databases) == []

    app.text_input(key="reveal_reason").set_value(REASON)
    app = confirmed(app, "reveal", "dialog_reveal")

    assert [value for value in PERSONAL if value in words(app)] == list(PERSONAL)
    assert revealed(databases) == [("example", f"faculty {mark_of(ref_of())}", REASON)]
    assert not [value for value in PERSONAL if value in state_of(app) + repr(app.query_params)]
    app = settled(app.run())
    assert not [value for value in PERSONAL if value in words(app)]
    assert len(revealed(databases)) == 1


def test_it_reveals_nothing_without_a_reason(open_page: Open, databases: Databases) -> None:
    seed.add_faculty(databases, 3)
    app = settled(open_page("faculty", person=ref_of()).button(key="reveal").click().run())

    app.text_input(key="reveal_reason").set_value("   ")
    app = confirmed(app, "reveal", "dialog_reveal")

    assert [warning.value for warning in app.warning] == ["نخست دلیل را بنویسید."]
    assert not [value for value in PERSONAL if value in words(app)]
    assert revealed(databases) == []


def test_a_viewer_sees_the_button_but_cannot_press_it(
    open_page: Open, databases: Databases
) -> None:
    seed.add_faculty(databases, 3)

    app = open_page("faculty", VIEWER, person=ref_of())

    button = app.button(key="reveal")
    assert button.disabled
    assert button.help
    assert not [value for value in PERSONAL if value in words(app)]


def test_a_run_shows_what_it_changed_and_rejected(open_page: Open, databases: Databases) -> None:
    seed.add_faculty(databases, 60)
    run_id = seed.add_success(databases, "faculty")
    with databases.data.write() as session:
        keys_ = [f"{number * 7 + 1:010}" for number in range(60)]
        changes.mark_new(session, run_id, "faculty", keys_[2:], utc_now())
        cells = [
            Cell(CODE, "mobile", "09001112222", MOBILE),
            Cell(CODE, "city", "شهر کهنه", "شهر نمونه"),
            Cell(keys_[0], "missing_since", None, utc_now()),
        ]
        changes.record(session, run_id, "faculty", cells, utc_now())
        add_reject(
            session, run_id, {"mobile": "09003334444", "name": "بی‌کد", "secret": "canary-told"}
        )

    app = open_page("run", id=str(run_id))
    shown = words(app)

    assert "50 مورد نخست از 61" in shown
    assert "شهر کهنه" in shown
    assert "بی‌کد" in shown
    assert f"mobile: <bdi>{DOTS}</bdi>" in shown
    hidden = ("09001112222", MOBILE, CODE, "09003334444", "canary-told")
    assert not [value for value in hidden if value in shown]


def test_a_run_that_changed_nothing_shows_no_table_of_it(
    open_page: Open, databases: Databases
) -> None:
    run_id = seed.add_success(databases, "faculty", inserted=0, updated=0, unchanged=1_200)
    app = open_page("run", id=str(run_id))
    assert "این اجرا چیزی را در داده‌ها تغییر نداد." in words(app)
    assert "این اجرا هیچ رکوردی را رد نکرد." in words(app)


@pytest.mark.parametrize("markup", MARKUP)
def test_markup_of_a_person_is_text(open_page: Open, databases: Databases, markup: str) -> None:
    seed.add_faculty(databases, 1, name=markup, family=markup, city=markup, mobile=markup)
    ref = ref_of("0000000001")

    assert_harmless(open_page("faculty", person=ref), markup)
    app = settled(open_page("faculty", person=ref).button(key="reveal").click().run())
    app.text_input(key="reveal_reason").set_value(REASON)
    app = confirmed(app, "reveal", "dialog_reveal")
    assert_harmless(app, markup)
    assert words(app).count('class="hg-fields"') == 2
    assert_harmless(look_for(open_page("faculty"), markup[:20]))


@pytest.mark.parametrize("markup", MARKUP)
def test_markup_of_a_runs_rows_is_text(open_page: Open, databases: Databases, markup: str) -> None:
    seed.add_faculty(databases, 1, name=markup)
    run_id = seed.add_success(databases, "faculty")
    with databases.data.write() as session:
        cells = [Cell("0000000001", "city", markup, markup), Cell(markup, markup[:50], "a", "b")]
        changes.record(session, run_id, "faculty", cells, utc_now())
        add_reject(session, run_id, {"name": markup, markup: 1}, unit=markup[:50], reason=markup)

    assert_harmless(open_page("run", id=str(run_id)), markup)


def add_reject(session: object, run_id: int, record: object, **values: object) -> None:
    row = {"unit": "all", "position": 3, "reason": "nationalcode is missing", **values}
    common = {"run_id": run_id, "source": "faculty", "record": record, "at": utc_now()}
    session.execute(insert(rejected_rows).values(**row, **common))  # type: ignore[attr-defined]
