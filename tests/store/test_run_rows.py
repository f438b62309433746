"""What a run changed and rejected, page by page."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import insert, update

from sync_core.access.permissions import ANONYMOUS
from sync_core.base.errors import Denied
from sync_core.base.settings import load
from sync_core.engine.source import Source
from sync_core.inspect import changes, rejects
from sync_core.inspect.changes import ChangesPage, changes_of_run, changes_page
from sync_core.inspect.masking import DOTS
from sync_core.inspect.refs import Refs
from sync_core.inspect.rejects import rejects_of_run
from sync_core.store import changes as written
from sync_core.store import data
from sync_core.store.changes import Cell
from sync_core.store.engines import Databases
from tests import seed

RUN = 7
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def page_of(
    databases: Databases, source: Source, number: int = 1, run_id: int = RUN
) -> ChangesPage:
    found = changes_of_run(databases, seed.VISITOR, source, run_id)
    return changes_page(load(), databases, seed.VISITOR, source, found, number)


def change(databases: Databases, source: str, *cells: Cell, run_id: int = RUN) -> None:
    with databases.data.write() as session:
        written.record(session, run_id, source, cells, NOW)


def mark_new(databases: Databases, source: str, keys: list[str]) -> None:
    with databases.data.write() as session:
        written.mark_new(session, RUN, source, keys, NOW)


def reject(databases: Databases, unit: str, position: int, record: Any, run_id: int = RUN) -> None:
    with databases.data.write() as session:
        session.execute(
            insert(data.rejected_rows).values(
                run_id=run_id,
                source="faculty",
                unit=unit,
                position=position,
                reason="nationalcode is missing or is no code",
                record=record,
                at=NOW,
            )
        )


def code(number: int) -> str:
    return f"{number * 7 + 1:010}"


def test_it_shows_what_changed_masked_and_by_name(databases: Databases, faculty: Source) -> None:
    seed.add_faculty(databases, 3)
    mark_new(databases, "faculty", [code(2)])
    change(
        databases,
        "faculty",
        Cell(code(1), "mobile", None, "09001234567"),
        Cell(code(1), "city", "شهر کهنه", "شهر نمونه"),
        Cell(code(0), "missing_since", None, NOW),
        Cell(code(0), "withdrawn_column", "a", "b"),
    )

    page = page_of(databases, faculty)

    assert page.total == 5
    shown = {(c.names[1], c.column): c for c in page.rows}
    first, second, third = seed.NAMES[:3]
    new = shown[third, None]
    assert (new.run_id, new.at, new.key) == (RUN, NOW, f"{DOTS}015")
    assert (new.names, new.old, new.new) == ((seed.FAMILIES[2], third), None, None)
    assert new.ref == Refs.of(load(), faculty).of_key(code(2))
    assert (shown[second, "mobile"].old, shown[second, "mobile"].new) == (None, DOTS)
    assert (shown[second, "city"].old, shown[second, "city"].new) == ("شهر کهنه", "شهر نمونه")
    assert shown[first, "missing_since"].new == str(NOW)
    assert shown[first, "withdrawn_column"].old == DOTS


def test_it_pages_changes_without_gap_or_repeat(databases: Databases, faculty: Source) -> None:
    seed.add_faculty(databases, 60)
    cells = [Cell(code(n), column, "a", f"{n}") for n in range(60) for column in ("city", "field")]
    change(databases, "faculty", *cells)
    change(databases, "faculty", Cell(code(1), "city", "a", "of another run"), run_id=8)
    change(databases, "students", Cell("4010000001", "city", "a", "of another source"))

    pages = [page_of(databases, faculty, n) for n in (1, 2, 3, 4)]

    assert [len(page.rows) for page in pages] == [changes.PER_PAGE, changes.PER_PAGE, 20, 0]
    assert {page.total for page in pages} == {120}
    seen = [(c.new, c.column) for page in pages for c in page.rows]
    assert sorted(seen) == sorted((cell.new, cell.column) for cell in cells)
    assert all(seen[n][0] == seen[n + 1][0] for n in range(0, 120, 2)), "a person stands together"


def test_changes_stand_in_no_order_of_a_personal_key(databases: Databases, faculty: Source) -> None:
    """New people are marked in the order of their keys, as merges and sweeps work."""
    seed.add_faculty(databases, 9, name="آرمان", family="آزمایشی")
    with databases.data.write() as session:
        for n in range(9):
            row = data.faculty.c.nationalcode == code(n)
            session.execute(update(data.faculty).where(row).values(id=100 - n))
    mark_new(databases, "faculty", [code(n) for n in range(9)])

    page = page_of(databases, faculty)

    assert [c.key[-3:] for c in page.rows] == [code(n)[-3:] for n in reversed(range(9))]


def test_changes_of_students_stand_person_by_person(databases: Databases, students: Source) -> None:
    seed.add_students(databases, 3)
    mark_new(databases, "students", ["4010000002", "4010000000"])
    change(databases, "students", Cell("4010000000", "address", "here", "there"))

    page = page_of(databases, students)

    shown = [(c.key, c.column) for c in page.rows]
    assert shown == [("4010000000", None), ("4010000000", "address"), ("4010000002", None)]
    assert (page.rows[1].old, page.rows[1].new) == (DOTS, DOTS)


def test_it_shows_a_change_of_somebody_who_has_no_row(
    databases: Databases, faculty: Source
) -> None:
    change(databases, "faculty", Cell(code(5), "city", "a", "b"))

    [only] = page_of(databases, faculty).rows

    assert (only.key, only.names) == (f"{DOTS}036", ())


def test_it_shows_why_records_were_rejected(databases: Databases, faculty: Source) -> None:
    reject(databases, "all", 9, {"nationalcode": None, "name": "بهاره", "mobile": "09001234567"})
    reject(databases, "all", 4, {"too_large_bytes": 20_000_000})
    reject(databases, "all", 4, {"nationalcode": "x"}, run_id=8)

    page = rejects_of_run(databases, seed.VISITOR, faculty, RUN, 1)

    assert page.total == 2
    assert [row.position for row in page.rows] == [4, 9]
    assert page.rows[1].record == {"nationalcode": None, "name": "بهاره", "mobile": DOTS}
    assert page.rows[1].reason == "nationalcode is missing or is no code"


def test_it_pages_rejects_unit_by_unit(databases: Databases, faculty: Source) -> None:
    for n in range(rejects.PER_PAGE + 2):
        reject(databases, "4041/1110" if n % 2 else "4051/1110", n, {})

    first, second, third = (
        rejects_of_run(databases, seed.VISITOR, faculty, RUN, n) for n in (1, 2, 3)
    )

    places = [(row.unit, row.position) for page in (first, second) for row in page.rows]
    assert places == sorted(places, key=lambda place: (place[0] == "4041/1110", place[1]))
    assert (len(second.rows), third.rows, third.total) == (2, (), rejects.PER_PAGE + 2)


def test_it_shows_neither_to_a_stranger(databases: Databases, faculty: Source) -> None:
    with pytest.raises(Denied):
        changes_of_run(databases, ANONYMOUS, faculty, RUN)
    with pytest.raises(Denied):
        rejects_of_run(databases, ANONYMOUS, faculty, RUN, 1)
