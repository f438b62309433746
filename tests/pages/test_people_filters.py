"""The pages of people: facets, order, columns, and that what is counted is counted once."""

import pytest
from sqlalchemy import func, select, update
from streamlit.testing.v1 import AppTest

from pages._parts import html
from sync_core.access.permissions import ADMIN, Actor
from sync_core.base.i18n import _
from sync_core.base.settings import load
from sync_core.engine.source import find_source
from sync_core.inspect.export import count_export
from sync_core.inspect.facets import facet_counts
from sync_core.inspect.overview import read_overview
from sync_core.inspect.people_filter import PeopleFilter
from sync_core.store import ledger
from sync_core.store.data import students
from sync_core.store.engines import Databases
from tests import seed
from tests.faults.test_markup import MARKUP, assert_harmless
from tests.pages.screen import Open, keys, settled, words

ADMINISTRATOR = Actor("example", ADMIN, 1)


def boxes(app: AppTest, facet: str) -> dict[str, bool]:
    return {
        box.label: box.value
        for box in app.checkbox
        if box.key is not None and box.key.startswith(f"facet_{facet}_")
    }


def numbers(app: AppTest) -> list[str]:
    """The keys in the table, in their order."""
    cells = words(app).split("<tbody>")[1].split("<tr>")[1:]
    return [cell.split("<bdi>")[1].split("</bdi>")[0] for cell in cells]


def test_a_facet_narrows_the_rows_and_stands_in_the_address(
    open_page: Open, databases: Databases
) -> None:
    seed.add_students(databases, 10)
    app = open_page("students")
    assert boxes(app, "term")["4051 :gray[(3)]"] is False

    app = settled(app.checkbox(key="facet_term_4051").check().run())

    assert app.query_params["term"] == "4051"
    assert numbers(app) == ["4010000000", "4010000004", "4010000008"]
    assert sum(boxes(app, "term").values()) == 1
    app = settled(app.checkbox(key="facet_term_4043").check().run())
    assert len(numbers(app)) == 6
    app = settled(app.button(key="clear_facets").click().run())
    assert len(numbers(app)) == 10
    assert not app.query_params


def test_what_is_counted_is_counted_once(open_page: Open, databases: Databases) -> None:
    """The card, the table's total, the facet and the export agree, and with SQL."""
    seed.add_students(databases, 40, missing=7)
    seed.add_success(databases, "students", records=33)
    source, here = find_source(load(), "students"), databases
    with databases.data.read() as session:
        query = select(func.count()).select_from(students)
        reported = session.scalar(query.where(students.c.missing_since.is_(None)))

    card = read_overview(here, ADMINISTRATOR, ["students"]).cards[0].records
    facets = facet_counts(here, ADMINISTRATOR, source, PeopleFilter("reported"))
    exported = count_export(here, ADMINISTRATOR, source, PeopleFilter("reported"))
    app = open_page("students", rows="reported")

    assert reported == card == exported == len(numbers(app)) == 33
    assert {facet.total for facet in facets} == {33}
    assert _("{n} rows").format(n="33") in words(app)


def test_rows_come_in_the_order_of_a_column_and_only_with_chosen_ones(
    open_page: Open, databases: Databases
) -> None:
    seed.add_students(databases, 5)
    app = open_page("students", sort="-studentnum", cols="studentnum,term")

    assert numbers(app) == [f"401000000{n}" for n in (4, 3, 2, 1, 0)]
    assert words(app).count('<th scope="col"') == 3
    app = settled(app.selectbox(key="people_sort").select("term").run())
    assert app.query_params["sort"] == "-term"


@pytest.mark.parametrize(
    "odd",
    [
        {"nonsense": "1"},
        {"sort": "phonenum"},
        {"sort": "studentnum; DROP"},
        {"cols": "studentnum,password"},
        {"rule": "no such rule"},
        {"changed_in": "-1"},
        {"rows": "all of them"},
    ],
)
def test_what_the_address_should_not_ask_for_is_left_out_with_a_notice(
    open_page: Open, databases: Databases, odd: dict[str, str]
) -> None:
    seed.add_students(databases, 3)
    app = open_page("students", **odd)
    assert len(app.info) == 1
    assert len(numbers(app)) == 3


@pytest.mark.parametrize("value", ["%", "_", "' OR 1=1 --", '"', "*", "\\"])
def test_a_value_of_a_facet_is_text(open_page: Open, databases: Databases, value: str) -> None:
    seed.add_students(databases, 3)
    with databases.data.write() as session:
        chosen = students.c.studentnum == "4010000001"
        session.execute(update(students).where(chosen).values(term=value))
    assert numbers(open_page("students", term=value)) == ["4010000001"]
    assert _("Nobody was found.") in words(open_page("students", term=value * 2))


@pytest.mark.parametrize("markup", MARKUP)
def test_markup_in_a_facet_is_text(open_page: Open, databases: Databases, markup: str) -> None:
    seed.add_students(databases, 3)
    with databases.data.write() as session:
        chosen = students.c.studentnum == "4010000001"
        session.execute(update(students).where(chosen).values(course_name=markup))

    app = open_page("students")

    assert_harmless(app, markup)
    labels = boxes(app, "course_name")
    assert f"{html.in_markdown(markup)} :gray[(1)]" in labels


def test_a_part_narrows_the_rows_to_those_that_come_from_it(
    open_page: Open, databases: Databases
) -> None:
    seed.add_students(databases, 3)
    with databases.data.write() as session:
        ledger.register_plan(session, "students", {"4051/1110": "4051"}, {"4051/1110"})
        unit = ledger.unit_states(session, "students")["4051/1110"].id
        chosen = students.c.studentnum == "4010000001"
        session.execute(update(students).where(chosen).values(unit_id=unit))

    app = open_page("students", unit="4051/1110")

    assert numbers(app) == ["4010000001"]
    assert "chip_unit" in keys(app)
    assert _("Nobody was found.") in words(open_page("students", unit="4051/%"))


def test_a_run_narrows_the_rows_until_it_is_taken_back(
    open_page: Open, databases: Databases
) -> None:
    seed.add_students(databases, 3)
    app = open_page("students", changed_in="7")
    assert _("Nobody was found.") in words(app)
    assert "chip_changed_in" in keys(app)
    app = settled(app.button(key="chip_changed_in").click().run())
    assert len(numbers(app)) == 3
    assert "changed_in" not in app.query_params
