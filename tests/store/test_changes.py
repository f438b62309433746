"""Changes of runs and of periods beside a plain reading of the same rows, on both databases."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import event, select

from sync_core.access.permissions import ANONYMOUS
from sync_core.base.clock import tehran_today
from sync_core.base.errors import Denied
from sync_core.base.settings import load
from sync_core.engine.source import Source, find_source
from sync_core.inspect.changes import (
    BACK,
    CHANGED,
    KINDS,
    MISSING,
    NEW,
    PER_PAGE,
    Change,
    Changes,
    changes_between,
    changes_of_run,
    changes_page,
)
from sync_core.inspect.periods import Period
from sync_core.store import change_pages, changes
from sync_core.store.changes import Cell
from sync_core.store.data import faculty as faculty_table
from sync_core.store.data import row_changes
from sync_core.store.engines import Databases
from tests import seed

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
COLUMNS = ("city", "term", "address", "missing_since", None)
Told = tuple[int, str | None, str | None, str | None]


@pytest.fixture
def on_sqlite() -> Iterator[Databases]:
    opened = seed.prepared(load())
    yield opened
    opened.dispose()


@pytest.fixture(params=["students", "faculty"])
def source(request: pytest.FixtureRequest) -> Source:
    return find_source(load(), request.param)


@pytest.fixture(params=["in order by person", "part by part"])
def many(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    if request.param == "part by part":
        monkeypatch.setattr(change_pages, "FEW", 0)
    return request.param == "part by part"


def write(databases: Databases, source: Source, runs: tuple[int, ...]) -> None:
    """Some changes of each kind, and those of another source in the same runs."""
    draw = Random(4)
    for run_id in runs:
        found = [_drawn(draw, place) for place in range(70)]
        new = [cell.key for cell in found if not cell.column]
        with databases.data.write() as session:
            changes.mark_new(session, run_id, source.name, new, NOW)
            cells = [cell for cell in found if cell.column]
            changes.record(session, run_id, source.name, cells, NOW)
            changes.record(session, run_id, "another", [Cell("x", "city", "a", "b")], NOW)


def _drawn(draw: Random, place: int) -> Cell:
    name, value = draw.choice(COLUMNS), draw.choice(("a", "b", None))
    key = f"{draw.randrange(40) * 7 + 1:010}"
    return Cell(key, name or "", "before", f"{value}{place}" if value else None)


def written(databases: Databases, source: Source) -> list[Told]:
    c = row_changes.c
    query = select(c.run_id, c.column, c.old, c.new).where(c.source == source.name)
    with databases.data.read() as session:
        return [(row[0], row[1], row[2], row[3]) for row in session.execute(query)]


def kind(told: Told) -> str:
    _, column, _, new = told
    if column == "missing_since":
        return BACK if new is None else MISSING
    return NEW if column is None else CHANGED


def pages(databases: Databases, source: Source, found: Changes) -> list[Change]:
    numbers = range(1, -(-found.total // PER_PAGE) + 2)
    read = [
        changes_page(load(), databases, seed.VISITOR, source, found, number) for number in numbers
    ]
    assert [len(page.rows) for page in read[:-2]] == [PER_PAGE] * (len(read) - 2)
    assert read[-1].rows == ()
    return [change for page in read for change in page.rows]


def open_side(change: Change) -> tuple[int, str | None, bool, bool]:
    return (change.run_id, change.column, bool(change.old), bool(change.new))


def told_side(told: Told) -> tuple[int, str | None, bool, bool]:
    return (told[0], told[1], bool(told[2]), bool(told[3]))


def test_counts_and_pages_are_those_of_a_plain_reading(
    databases: Databases, source: Source, many: bool
) -> None:
    seed.add_faculty(databases, 30)
    write(databases, source, (3, 4, 6))
    everything = [told for told in written(databases, source) if told[0] == 4]

    found = changes_of_run(databases, seed.VISITOR, source, 4)

    assert found.total == len(everything) == 70
    assert found.by_kind() == {name: sum(kind(t) == name for t in everything) for name in KINDS}
    changed = Counter(told[1] for told in everything if kind(told) == CHANGED)
    assert found.by_column() == dict(changed.most_common())
    shown = pages(databases, source, found)
    assert Counter(map(open_side, shown)) == Counter(map(told_side, everything))


@pytest.mark.parametrize("name", [None, *KINDS])
@pytest.mark.parametrize("column", [None, "city", "missing_since"])
def test_a_filter_leaves_what_a_plain_reading_leaves(
    databases: Databases, source: Source, many: bool, name: str | None, column: str | None
) -> None:
    write(databases, source, (3, 4))
    stretch = Period()
    for run_source in (source.name,) * 4:
        seed.add_success(databases, run_source)
    expected = [
        told
        for told in written(databases, source)
        if name in (None, kind(told)) and column in (None, told[1])
    ]

    found = changes_between(databases, seed.VISITOR, source, stretch).only(name, column)

    assert found.total == len(expected)
    shown = pages(databases, source, found)
    assert Counter(map(open_side, shown)) == Counter(map(told_side, expected))
    assert [c.run_id for c in shown] == sorted((c.run_id for c in shown), reverse=True)


def test_a_period_holds_the_runs_that_were_asked_for_in_it(
    databases: Databases, source: Source
) -> None:
    early = seed.add_success(databases, source.name, ago=timedelta(days=9))
    other = seed.add_success(databases, next(n for n in seed.SOURCES if n != source.name))
    late = seed.add_success(databases, source.name, ago=timedelta(minutes=1))
    write(databases, source, (early, other, late))
    today = tehran_today()

    def runs(first: date | None, last: date | None) -> set[int]:
        found = changes_between(databases, seed.VISITOR, source, Period(first, last))
        return {part.run_id for part in found.parts}

    assert runs(today - timedelta(days=3), today + timedelta(days=1)) == {late}
    assert runs(today - timedelta(days=12), today - timedelta(days=3)) == {early}
    assert runs(None, None) >= {early, late}
    assert runs(today + timedelta(days=5), None) == set()


def test_pages_tell_no_order_of_a_personal_key(databases: Databases, many: bool) -> None:
    faculty = find_source(load(), "faculty")
    seed.add_faculty(databases, 30, name="آرمان", family="آزمایشی", city=None)
    codes = [f"{number * 7 + 1:010}" for number in range(30)]
    with databases.data.write() as session:
        changes.mark_new(session, 5, "faculty", codes, NOW)

    found = changes_of_run(databases, seed.VISITOR, faculty, 5)
    shown = changes_page(load(), databases, seed.VISITOR, faculty, found, 1).rows

    with databases.data.read() as session:
        by_row_id = session.execute(
            select(faculty_table.c.nationalcode).order_by(faculty_table.c.id)
        ).scalars()
        assert [c.key[-3:] for c in shown] == [key[-3:] for key in by_row_id]


def test_it_counts_a_million_from_the_index_alone(on_sqlite: Databases, source: Source) -> None:
    """SQLite counts no rows, so its plans are the same for a million."""
    asked: list[tuple[str, tuple[object, ...]]] = []

    def note(*given: object) -> None:
        asked.append((str(given[2]), given[3]))  # type: ignore[arg-type]

    event.listen(on_sqlite.data.engine, "before_cursor_execute", note)
    changes_of_run(on_sqlite, seed.VISITOR, source, 4)
    event.remove(on_sqlite.data.engine, "before_cursor_execute", note)

    with on_sqlite.data.engine.connect() as connection:
        back, counted = (
            [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values)]
            for query, values in asked
            if "GROUP BY" in query
        )
    assert len(counted) == 1, "nothing is sorted"
    assert "USING COVERING INDEX row_changes_what" in counted[0]
    assert "USING INDEX row_changes_what" in back[0]


def test_it_shows_no_changes_to_a_stranger(databases: Databases, source: Source) -> None:
    nothing = Changes(())
    for ask in (
        lambda: changes_of_run(databases, ANONYMOUS, source, 1),
        lambda: changes_between(databases, ANONYMOUS, source, Period()),
        lambda: changes_page(load(), databases, ANONYMOUS, source, nothing, 1),
    ):
        with pytest.raises(Denied):
            ask()


def test_there_is_no_page_of_nothing(databases: Databases, source: Source) -> None:
    found = changes_between(databases, seed.VISITOR, source, Period())
    assert (found.total, found.by_column(), found.by_kind()) == (0, {}, dict.fromkeys(KINDS, 0))
    assert changes_page(load(), databases, seed.VISITOR, source, found, 1).rows == ()
