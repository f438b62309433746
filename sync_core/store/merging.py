"""The SQL of the merge: rows of one source's table, written only where they differ.

Whose row it is decides the engine; each row's `unit_id` says which unit it comes from.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    Update,
    bindparam,
    func,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from sync_core.store import changes, data, members, names
from sync_core.store.bulk import as_list, dialect_of, insert_rows, listed
from sync_core.store.changes import Cell
from sync_core.store.data import unit_members, unit_state

Values = tuple[Any, ...]


@dataclass(frozen=True)
class People:
    """One source's table with its key and the columns that come from the gateway."""

    source: str
    table: Table
    key: str
    columns: tuple[str, ...]

    @property
    def key_column(self) -> ColumnElement[str]:
        return self.table.c[self.key]


class Sent(NamedTuple):
    """A row as a unit sent it: the source's columns in their order."""

    key: str
    values: Values
    unit_id: int


@dataclass(frozen=True, slots=True)
class Stored:
    """A row as it stands: the source's columns in their order, and what is ours."""

    values: Values
    missing_since: datetime | None
    unit_id: int | None

    def differs_from(self, sent: Values) -> bool:
        return self.missing_since is not None or self.values != sent


def people(source: str, table: str, key: str, columns: Sequence[str]) -> People:
    return People(source, data.metadata.tables[table], key, tuple(columns))


def owners(session: Session, of: People, keys: Sequence[str]) -> dict[str, int | None]:
    """Key → the unit that the row comes from, for those of `keys` that have a row."""
    dialect = dialect_of(session)
    rows = session.execute(_owners(of, dialect), {"keys": as_list(dialect, keys)})
    return {row[0]: row[1] for row in rows.all()}


def stored(session: Session, of: People, keys: Sequence[str]) -> dict[str, Stored]:
    """By key, those of `keys` that have a row."""
    dialect = dialect_of(session)
    rows = session.execute(_stored(of, dialect), {"keys": as_list(dialect, keys)})
    width, place = len(of.columns), of.columns.index(of.key)
    return {row[place]: Stored(tuple(row[:width]), row[width], row[width + 1]) for row in rows}


def insert_people(
    session: Session, of: People, run_id: int, rows: Sequence[Sent], now: datetime
) -> None:
    """Rows of people who had none; each leaves one marker among the changes."""
    if not rows:
        return
    columns = (*of.columns, "first_run", "last_run", "unit_id", "names_folded")
    named = _named(of)
    values = [
        (*row.values, run_id, run_id, row.unit_id, names.folded(named(row.values))) for row in rows
    ]
    insert_rows(session, of.table, columns, values)
    changes.mark_new(session, run_id, of.source, [row.key for row in rows], now)


def overwrite_people(
    session: Session,
    of: People,
    run_id: int,
    pairs: Sequence[tuple[Stored, Sent]],
    now: datetime,
) -> None:
    """Rows as stored → rows as sent; every cell that differs is remembered."""
    if not pairs:
        return
    rows = [
        dict(zip(_parameters(of), sent.values, strict=True))
        | {"own_run": run_id, "own_unit": sent.unit_id}
        for _, sent in pairs
    ]
    session.connection().execute(_overwrite(of), rows)
    ours = {sent.key for _, sent in pairs}
    names.fold_changed(session, of.source, of.table, of.key, ours)
    cells = (cell for old, new in pairs for cell in _cells(of, old, new))
    changes.record(session, run_id, of.source, cells, now)


def hand_over(session: Session, of: People, keys: Sequence[str], unit_id: int | None) -> None:
    """The rows of `keys` come from another unit from now on, or from none; else they stay."""
    if not keys:
        return
    dialect = dialect_of(session)
    session.execute(
        update(of.table)
        .where(of.key_column.in_(select(listed(dialect).c.value)))
        .values(unit_id=unit_id),
        {"keys": as_list(dialect, keys)},
    )


def part_strangers(
    session: Session, of: People, unit_id: int, reported: Collection[str]
) -> set[str]:
    """Keys of rows that say they come from the unit, though it never reported them; they come from
    none any more."""
    claimed = session.scalars(select(of.key_column).where(of.table.c.unit_id == unit_id))
    strangers = set(claimed).difference(reported)
    hand_over(session, of, sorted(strangers), None)
    return strangers


def count_owned(session: Session, of: People, units: Sequence[int]) -> dict[int, int]:
    """Unit → how many rows come from it."""
    rows = session.execute(_count_owned(of), {"units": units})
    return dict.fromkeys(units, 0) | {row[0]: row[1] for row in rows}


def held_by_others(session: Session, of: People, unit_id: int) -> dict[str, int | None]:
    """Of the unit's people, those whose row comes from another unit, or from none: key → that."""
    query = (
        select(unit_members.c.key, of.table.c.unit_id)
        .join(of.table, of.key_column == unit_members.c.key)
        .where(unit_members.c.unit_id == unit_id, of.table.c.unit_id.is_distinct_from(unit_id))
    )
    return {row[0]: row[1] for row in session.execute(query)}


def orphans(session: Session, of: People, units: Collection[int] = ()) -> set[str]:
    """Keys of rows that come from no unit, or one of `units`, and are not marked missing."""
    homeless = or_(of.table.c.unit_id.is_(None), of.table.c.unit_id.in_(units))
    return set(
        session.scalars(select(of.key_column).where(homeless, of.table.c.missing_since.is_(None)))
    )


def reported_no_more(session: Session, of: People) -> list[str]:
    """Keys of people who are in no unit any more and are not marked so. After a run that covered
    the full plan."""
    homeless = orphans(session, of)
    if not homeless:
        return []
    return sorted(homeless - members.reported_among(session, of.source, sorted(homeless)))


def mark_missing(
    session: Session, of: People, run_id: int, gone: Sequence[str], now: datetime
) -> None:
    if not gone:
        return
    dialect = dialect_of(session)
    session.execute(
        update(of.table)
        .where(of.key_column.in_(select(listed(dialect).c.value)))
        .values(missing_since=now, last_run=run_id),
        {"keys": as_list(dialect, gone)},
    )
    cells = (Cell(key, "missing_since", None, now) for key in gone)
    changes.record(session, run_id, of.source, cells, now)


def count_reported(session: Session, of: People) -> int:
    """Rows without `missing_since`."""
    return (
        session.scalar(
            select(func.count()).select_from(of.table).where(of.table.c.missing_since.is_(None))
        )
        or 0
    )


def count_in_plan(session: Session, of: People) -> int:
    """Rows that come from a unit of the plan."""
    query = (
        select(func.count())
        .select_from(of.table)
        .join(unit_state, unit_state.c.id == of.table.c.unit_id)
        .where(unit_state.c.in_plan)
    )
    return session.scalar(query) or 0


def _named(of: People) -> Callable[[Values], Values]:
    """From the values of a row those that are names."""
    places = [of.columns.index(name) for name in data.NAMES[of.table.name]]
    return lambda values: tuple(values[place] for place in places)


def _cells(of: People, old: Stored, new: Sent) -> Iterable[Cell]:
    for column, before, after in zip(of.columns, old.values, new.values, strict=True):
        if before != after:
            yield Cell(new.key, column, before, after)
    if old.missing_since is not None:
        yield Cell(new.key, "missing_since", old.missing_since, None)


# Statements that a run executes a thousand times are made once.


@lru_cache
def _owners(of: People, dialect: str) -> Select[Any]:
    keys = listed(dialect)
    return select(of.key_column, of.table.c.unit_id).join_from(
        keys, of.table, of.key_column == keys.c.value
    )


@lru_cache
def _stored(of: People, dialect: str) -> Select[Any]:
    keys = listed(dialect)
    shown = (*of.columns, "missing_since", "unit_id")
    return select(*(of.table.c[name] for name in shown)).join_from(
        keys, of.table, of.key_column == keys.c.value
    )


@lru_cache
def _count_owned(of: People) -> Select[Any]:
    unit_id = of.table.c.unit_id
    some: Any = bindparam("units", expanding=True)
    return select(unit_id, func.count()).where(unit_id.in_(some)).group_by(unit_id)


def _parameters(of: People) -> tuple[str, ...]:
    """Names of parameters, which must not be those of the columns that they set."""
    return tuple(f"new_{place}" for place, _ in enumerate(of.columns))


@lru_cache
def _overwrite(of: People) -> Update:
    marks = dict(zip(of.columns, _parameters(of), strict=True))
    values: dict[str, Any] = {
        name: bindparam(mark) for name, mark in marks.items() if name != of.key
    }
    return (
        update(of.table)
        .where(of.key_column == bindparam(marks[of.key]))
        .values(
            {
                **values,
                "missing_since": null(),
                "last_run": bindparam("own_run"),
                "unit_id": bindparam("own_unit"),
            }
        )
    )
