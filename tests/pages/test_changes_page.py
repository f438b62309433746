"""The page of changes: of a run and of a period; its filters, its links, what it hides."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from sync_core.access.permissions import VIEWER
from sync_core.base.clock import utc_now
from sync_core.base.i18n import _
from sync_core.base.settings import load
from sync_core.engine.source import find_source
from sync_core.inspect.masking import DOTS
from sync_core.inspect.refs import Refs
from sync_core.store import changes
from sync_core.store.changes import Cell
from sync_core.store.engines import Databases
from tests import seed
from tests.faults.test_markup import MARKUP, assert_harmless
from tests.pages.screen import Open, words

OLD, NEW = "09001112222", "09003334444"


def code(number: int) -> str:
    return f"{number * 7 + 1:010}"


def add_changes(databases: Databases, *, ago: timedelta = timedelta(hours=2)) -> int:
    """A run of the faculty: 55 people are new, one has changed twice, one is gone, one is back."""
    run_id = seed.add_success(databases, "faculty", ago=ago)
    with databases.data.write() as session:
        changes.mark_new(session, run_id, "faculty", [code(n) for n in range(5, 60)], utc_now())
        cells = [
            Cell(code(0), "city", "شهر کهنه", "شهر نمونه"),
            Cell(code(0), "mobile", OLD, NEW),
            Cell(code(1), "missing_since", None, utc_now()),
            Cell(code(2), "missing_since", utc_now(), None),
        ]
        changes.record(session, run_id, "faculty", cells, utc_now())
    return run_id


def counts(app: AppTest) -> list[str]:
    """The figures of the kinds, in their order."""
    shown = words(app).split("hg-kinds")[1].split("</dl>")[0]
    return re.findall(r'<bdi dir="ltr">([\d,]+)</bdi>', shown)


def rows(app: AppTest) -> int:
    table = words(app).split(f">{_('Changes in the data')}</caption>")[1]
    return table.split("</table>")[0].count("<tr>") - 1


def links(app: AppTest, page: str) -> list[dict[str, list[str]]]:
    found = re.findall(rf'href="({page}\?[^"]*)"', words(app))
    return [parse_qs(urlsplit(unescape(link)).query) for link in found]


@pytest.mark.parametrize("role", [VIEWER, "admin"])
def test_it_shows_what_a_run_changed(open_page: Open, databases: Databases, role: str) -> None:
    seed.add_faculty(databases, 60)
    run_id = add_changes(databases)

    app = open_page("changes", role, run=str(run_id))
    shown = words(app)

    assert counts(app) == ["55", "2", "1", "1"]
    assert rows(app) == 50
    assert _("{n} changes").format(n="59") in shown
    assert "شهر کهنه" in shown or rows(open_page("changes", run=str(run_id), page="2")) == 9
    assert not [value for value in (OLD, NEW, code(0), code(7)) if value in shown]
    assert f'href="run?id={run_id}"' in shown


def test_it_shows_a_period_and_its_days(open_page: Open, databases: Databases) -> None:
    seed.add_faculty(databases, 60)
    late, early = add_changes(databases), add_changes(databases, ago=timedelta(days=60))

    app = open_page("changes", source="faculty", period="7")
    assert counts(app) == ["55", "2", "1", "1"]
    assert {link["id"][0] for link in links(app, "run")} == {str(late)}
    assert len(app.get("echarts_chart")) == 1

    app = open_page("changes", source="faculty", period="all", kind="changed")
    assert counts(app) == ["110", "4", "2", "2"]
    assert rows(app) == 4
    assert {link["id"][0] for link in links(app, "run")} == {str(late), str(early)}


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ({"kind": "new"}, 50),
        ({"kind": "changed"}, 2),
        ({"kind": "missing"}, 1),
        ({"kind": "back"}, 1),
        ({"column": "city"}, 1),
        ({"kind": "changed", "column": "mobile"}, 1),
    ],
)
def test_it_shows_only_what_is_asked_for(
    open_page: Open, databases: Databases, address: dict[str, str], expected: int
) -> None:
    seed.add_faculty(databases, 60)
    run_id = add_changes(databases)
    assert rows(open_page("changes", run=str(run_id), **address)) == expected


def test_each_change_links_to_its_person_and_each_count_to_its_changes(
    open_page: Open, databases: Databases
) -> None:
    seed.add_faculty(databases, 60)
    run_id = add_changes(databases)

    app = open_page("changes", run=str(run_id), kind="changed", column="city")

    [person] = links(app, "faculty")
    assert person["person"] == [Refs.of(load(), find_source(load(), "faculty")).of_key(code(0))]
    own = [link for link in links(app, "changes") if "run" in link]
    assert {"run": [str(run_id)], "kind": ["missing"]} in own
    assert {"run": [str(run_id)], "kind": ["changed"], "column": ["mobile"]} in own


@pytest.mark.parametrize(
    "address",
    [{"kind": "<b>x</b>"}, {"column": "nobody"}, {"column": "' OR 1=1 --"}, {"kind": "%"}],
)
def test_it_leaves_out_what_it_does_not_know_and_says_so(
    open_page: Open, databases: Databases, address: dict[str, str]
) -> None:
    seed.add_faculty(databases, 60)
    app = open_page("changes", run=str(add_changes(databases)), **address)
    assert [info.value for info in app.info] == [
        _("The address asks for something that is not here; it was left out.")
    ]
    assert rows(app) == 50


@pytest.mark.parametrize("run", ["999", "x", "-1", "9" * 30, ""])
def test_it_shows_a_period_where_there_is_no_such_run(
    open_page: Open, databases: Databases, run: str
) -> None:
    app = open_page("changes", run=run)
    assert len(app.info) == 1
    assert "difference" in words(app)
    assert "run" not in app.query_params


def test_it_says_that_nothing_fits_or_nothing_changed(
    open_page: Open, databases: Databases
) -> None:
    assert _("Nothing changed in these days.") in words(open_page("changes"))
    seed.add_faculty(databases, 60)
    run_id = add_changes(databases)
    shown = words(open_page("changes", run=str(run_id), kind="new", column="city"))
    assert _("No change fits these filters.") in shown
    quiet = seed.add_success(databases, "students")
    assert _("Nothing is kept of what this run changed.") in words(
        open_page("changes", run=str(quiet))
    )


def test_the_tab_of_a_run_counts_its_changes_and_leads_to_all(
    open_page: Open, databases: Databases
) -> None:
    seed.add_faculty(databases, 60)
    run_id = add_changes(databases)

    app = open_page("run", id=str(run_id))

    assert counts(app) == ["55", "2", "1", "1"]
    assert _("The first {shown} of {n}").format(shown=50, n="59") in words(app)
    assert {"run": [str(run_id)]} in links(app, "changes")


@pytest.mark.parametrize("markup", MARKUP)
def test_markup_in_a_change_is_text(open_page: Open, databases: Databases, markup: str) -> None:
    seed.add_faculty(databases, 1, name=markup)
    run_id = seed.add_success(databases, "faculty")
    with databases.data.write() as session:
        cells = [Cell("0000000001", "city", markup, markup), Cell(markup, markup[:50], "a", "b")]
        changes.record(session, run_id, "faculty", cells, utc_now())
    assert_harmless(open_page("changes", run=str(run_id)), markup)


def test_it_says_so_when_the_database_is_gone(open_page: Open, databases: Databases) -> None:
    run_id = add_changes(databases)
    assert databases.data.file is not None
    open_page("changes", run=str(run_id))
    databases.data.engine.dispose()
    databases.data.file.unlink()
    app = open_page("changes", run=str(run_id))
    assert len(app.error) == 1
    assert DOTS not in words(app)
