"""Reads `row_changes`: how many changes there are of each kind, and a page of them. It writes none.

A stretch of runs is told apart by run and column first, all from one index. A page of few changes
is put in order as a whole; of many, only those of one run and column: no million is sorted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    TableClause,
    UnaryExpression,
    and_,
    column,
    false,
    func,
    literal,
    or_,
    select,
    table,
)
from sqlalchemy.orm import Session

from sync_core.store.control import Run
from sync_core.store.data import row_changes
from sync_core.store.history import HistoryFilter, filtered
from sync_core.store.people import Rows, sorting

NEW, CHANGED, MISSING, BACK = "new", "changed", "missing", "back"
KINDS = (NEW, CHANGED, MISSING, BACK)
OURS = "missing_since"
"""The column whose change says that somebody is no longer reported, or is again."""

FEW = 10_000
"""So many are put in order by person, page for page."""


@dataclass(frozen=True, slots=True)
class Part:
    """Changes of one run, of one kind and column; `column` is None for people who are new."""

    run_id: int
    kind: str
    column: str | None
    changes: int


def runs_between(session: Session, which: HistoryFilter) -> tuple[int, int] | None:
    """The first and the last run of a source and a period, in the control database. Numbers of runs
    grow with time."""
    numbers = select(func.min(Run.id), func.max(Run.id))
    first, last = session.execute(filtered(session, numbers, which)).one()
    return None if first is None else (first, last)


def parts_of(session: Session, source: str, runs: tuple[int, int]) -> list[Part]:
    """All changes of the runs from the first to the last one, the newest run first."""
    c = row_changes.c
    stretch = and_(c.source == source, c.run_id.between(*runs))
    counted = select(c.run_id, c.column, func.count()).where(stretch).group_by(c.run_id, c.column)
    again = (
        select(c.run_id, func.count())
        .where(stretch, c.column == OURS, c.new.is_(None))
        .group_by(c.run_id)
    )
    back: dict[int, int] = {row[0]: row[1] for row in session.execute(again)}
    found: list[Part] = []
    for run_id, name, changes in session.execute(counted):
        found += _parts(run_id, name, changes, back.get(run_id, 0))
    return sorted(found, key=lambda part: (-part.run_id, KINDS.index(part.kind), part.column or ""))


def page_of(
    session: Session,
    source: str,
    parts: Sequence[Part],
    people: Rows,
    names: Sequence[str],
    *,
    skip: int,
    limit: int,
) -> list[tuple[Any, ...]]:
    """`(run_id, at, key, column, old, new, *names)` of the changes that are in `parts`: of some
    kinds and columns, all that there are from the first of their runs to the last.

    Few of them stand by run, then person: in the order of `people`, which tells of nothing that is
    masked. Many stand part by part.
    """
    rows = _table_of(people, names)
    if sum(part.changes for part in parts) <= FEW:
        mine = and_(row_changes.c.source == source, _are_in(parts))
        query = _query(rows, people, names).where(mine)
        order = [row_changes.c.run_id.desc(), *_by_person(people, rows)]
        return _taken(session, query.order_by(*order), skip, limit)
    found: list[tuple[Any, ...]] = []
    for part in parts:
        if skip < part.changes and len(found) < limit:
            ids = _ids(source, part, people, rows, skip, limit - len(found))
            query = _query(rows, people, names).where(row_changes.c.id.in_(select(ids)))
            found += _taken(session, query.order_by(*_in_part(people, rows)), 0, limit)
        skip = max(0, skip - part.changes)
    return found


def _parts(run_id: int, name: str | None, changes: int, back: int) -> list[Part]:
    if name != OURS:
        return [Part(run_id, NEW if name is None else CHANGED, name, changes)]
    both = [Part(run_id, MISSING, OURS, changes - back), Part(run_id, BACK, OURS, back)]
    return [part for part in both if part.changes]


def _are_in(parts: Sequence[Part]) -> ColumnElement[bool]:
    runs = [part.run_id for part in parts]
    sorts = dict.fromkeys((part.kind, part.column) for part in parts)
    stretch = row_changes.c.run_id.between(min(runs, default=0), max(runs, default=0))
    return and_(stretch, or_(false(), *(_is_of(*each) for each in sorts)))


def _is_in(part: Part) -> ColumnElement[bool]:
    return and_(row_changes.c.run_id == part.run_id, _is_of(part.kind, part.column))


def _is_of(kind: str, name: str | None) -> ColumnElement[bool]:
    c = row_changes.c
    if kind == MISSING:
        return and_(c.column == name, c.new.is_not(None))
    if kind == BACK:
        return and_(c.column == name, c.new.is_(None))
    return c.column.is_(None) if name is None else c.column == name


def _query(rows: TableClause, people: Rows, names: Sequence[str]) -> Select[Any]:
    c = row_changes.c
    shown = (c.run_id, c.at, c.key, c.column, c.old, c.new, *(rows.c[name] for name in names))
    with_rows = row_changes.outerjoin(rows, rows.c[people.key] == c.key)
    return select(*shown).select_from(with_rows)


def _ids(source: str, part: Part, people: Rows, rows: TableClause, skip: int, limit: int) -> Any:
    """By the index alone, where no person's row is asked for the order."""
    c = row_changes.c
    query = select(c.id).where(c.source == source, _is_in(part))
    if not _is_open(people):
        query = query.select_from(row_changes.outerjoin(rows, rows.c[people.key] == c.key))
    return query.order_by(*_in_part(people, rows)).offset(skip).limit(limit).subquery()


def _taken(session: Session, query: Select[Any], skip: int, limit: int) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in session.execute(query.offset(skip).limit(limit))]


def _is_open(people: Rows) -> bool:
    """Whether people stand by their key, which then everybody may see."""
    return people.order == (people.key,)


def _in_part(people: Rows, rows: TableClause) -> list[ColumnElement[Any] | UnaryExpression[Any]]:
    """As they were written, which is in no order of a key; else by person."""
    if _is_open(people):
        return [row_changes.c.id.asc()]
    return [*sorting(people.order[:-1], people.key, rows), row_changes.c.id.asc()]


def _by_person(people: Rows, rows: TableClause) -> list[ColumnElement[Any] | UnaryExpression[Any]]:
    c = row_changes.c
    person = [c.key.asc()] if _is_open(people) else sorting(people.order[:-1], people.key, rows)
    return [*person, func.coalesce(c.column, literal("")).asc(), c.id.asc()]


def _table_of(people: Rows, names: Sequence[str]) -> TableClause:
    known = dict.fromkeys((people.key, *people.order, *names))
    return table(people.table, *(column(name) for name in known))
