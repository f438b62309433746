"""The SQL of the merge: one unit's rows against what is stored.

The caller has staged the unit's people, one row each. Who wins a person is decided by rank: the
unit's record counts where no higher unit reports that person.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column as SqlColumn
from sqlalchemy import (
    ColumnElement,
    Integer,
    MetaData,
    Row,
    String,
    Table,
    Text,
    and_,
    case,
    cast,
    delete,
    exists,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from sync_core.store import data
from sync_core.store.control import SUCCESS
from sync_core.store.data import row_changes, unit_members, unit_state
from sync_core.store.postgresql import analyze

WON, LOST, STALE = 0, 1, 2
"""What becomes of a person in a unit: the row is written; a higher unit keeps it; and a higher unit
of this very run has counted the person already."""


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


@dataclass(frozen=True, slots=True)
class Place:
    """The unit and the run that a merge is for."""

    run_id: int
    unit_id: int
    rank: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Merged:
    """People by what became of them; their sum is the number of people staged."""

    inserted: int
    updated: int
    unchanged: int
    stale: int


def people(source: str, table: str, key: str, columns: Sequence[str]) -> People:
    return People(source, data.metadata.tables[table], key, tuple(columns))


def staging_table(of: People) -> Table:
    """The temporary table that a unit's people are put into: the columns and a digest."""
    return Table(
        f"incoming_{of.source}",
        MetaData(),
        *(
            SqlColumn(name, of.table.c[name].type, primary_key=name == of.key)
            for name in of.columns
        ),
        SqlColumn("record_digest", String(32)),
        SqlColumn("fate", Integer),
        prefixes=["TEMPORARY"],
        # Emptied for good: PostgreSQL never vacuums what was deleted from a temporary table.
        postgresql_on_commit="DELETE ROWS",
    )


def stage(session: Session, incoming: Table, rows: list[dict[str, Any]]) -> None:
    """Puts a unit's people in place of those of the unit before; the keys are unique."""
    incoming.create(session.connection(), checkfirst=True)
    session.execute(delete(incoming))
    if rows:
        session.execute(insert(incoming), rows)
        analyze(session, incoming)


def merge(session: Session, of: People, incoming: Table, place: Place) -> Merged:
    """Writes what differs, and nothing else. Units must come highest rank first within a run."""
    _decide(session, of, incoming, place)
    staged, stale = session.execute(
        select(func.count(), func.count().filter(incoming.c.fate == STALE)).select_from(incoming)
    ).one()
    updated = _update_changed(session, of, incoming, place)
    inserted = _insert_new(session, of, incoming, place)
    _replace_members(session, of, incoming, place)
    return Merged(inserted, updated, staged - stale - inserted - updated, stale)


def _decide(session: Session, of: People, incoming: Table, place: Place) -> None:
    """Each person's fate, looked up once.

    A unit counts as reporting a person now if it is part of the plan, or was read by this run.
    """
    of_this_run = and_(unit_state.c.run_id == place.run_id, unit_state.c.status == SUCCESS)
    higher = (
        select(literal(1))
        .select_from(unit_members.join(unit_state, unit_state.c.id == unit_members.c.unit_id))
        .where(
            unit_members.c.key == incoming.c[of.key],
            unit_state.c.source == of.source,
            unit_state.c.rank > place.rank,
        )
        .correlate(incoming)
    )
    fate = case(
        (exists(higher.where(of_this_run)), STALE),
        (exists(higher.where(unit_state.c.in_plan)), LOST),
        else_=WON,
    )
    session.execute(update(incoming).values(fate=fate))


def _insert_new(session: Session, of: People, incoming: Table, place: Place) -> int:
    """First inserts leave one marker each, never a cell for every column."""
    won = incoming.c.fate == WON
    known = exists().where(of.key_column == incoming.c[of.key])
    run = literal(place.run_id, Integer)
    new = select(*(incoming.c[name] for name in of.columns), run, run).where(won, ~known)
    session.execute(
        insert(row_changes).from_select(
            ["run_id", "source", "key", "at"],
            select(
                run,
                literal(of.source, String),
                incoming.c[of.key],
                literal(place.now, row_changes.c.at.type),
            ).where(won, ~known),
        )
    )
    result = session.execute(
        insert(of.table).from_select([*of.columns, "first_run", "last_run"], new),
        execution_options={"preserve_rowcount": True},  # else -1 for an INSERT on PostgreSQL
    )
    return _rows(result)


def _update_changed(session: Session, of: People, incoming: Table, place: Place) -> int:
    won, same_person = incoming.c.fate == WON, of.key_column == incoming.c[of.key]
    differs = or_(
        of.table.c.missing_since.is_not(None),
        *(of.table.c[name].is_distinct_from(incoming.c[name]) for name in of.columns),
    )
    before = session.execute(
        select(
            *(of.table.c[name] for name in (*of.columns, "missing_since")),
            *(incoming.c[name] for name in of.columns),
        ).where(same_person, won, differs)
    ).all()
    if not before:
        return 0
    session.execute(
        insert(row_changes), [change for row in before for change in _changes(of, place, row)]
    )
    session.execute(
        update(of.table)
        .where(same_person, won, differs)
        .values(
            {name: incoming.c[name] for name in of.columns if name != of.key}
            | {"missing_since": null(), "last_run": place.run_id}
        )
    )
    return len(before)


def _changes(of: People, place: Place, row: Row[Any]) -> Iterator[dict[str, Any]]:
    width = len(of.columns)
    key = row[of.columns.index(of.key)]
    pairs = zip(
        (*of.columns, "missing_since"), row[: width + 1], (*row[width + 1 :], None), strict=True
    )
    for column, old, new in pairs:
        if old != new:
            yield {
                "run_id": place.run_id,
                "source": of.source,
                "key": key,
                "column": column,
                "old": None if old is None else str(old),
                "new": None if new is None else str(new),
                "at": place.now,
            }


def _replace_members(session: Session, of: People, incoming: Table, place: Place) -> None:
    mine = unit_members.c.unit_id == place.unit_id
    session.execute(delete(unit_members).where(mine))
    session.execute(
        insert(unit_members).from_select(
            ["unit_id", "key", "digest"],
            select(
                literal(place.unit_id, Integer), incoming.c[of.key], incoming.c.record_digest
            ).select_from(incoming),
        )
    )


def mark_missing(session: Session, of: People, run_id: int, now: datetime) -> int:
    """Marks whoever no unit reports any more. Only after a run that covered the full plan."""
    for table in (unit_members, of.table):
        analyze(session, table)
    reported = exists(
        select(literal(1))
        .select_from(unit_members.join(unit_state, unit_state.c.id == unit_members.c.unit_id))
        .where(unit_members.c.key == of.key_column, unit_state.c.source == of.source)
        .correlate(of.table)
    )
    gone = of.table.c.missing_since.is_(None) & ~reported
    at = literal(now, row_changes.c.at.type)
    session.execute(
        insert(row_changes).from_select(
            ["run_id", "source", "key", "column", "new", "at"],
            select(
                literal(run_id, Integer),
                literal(of.source, String),
                of.key_column,
                literal("missing_since", String),
                cast(literal(str(now), String), Text),
                at,
            ).where(gone),
        )
    )
    return _rows(
        session.execute(update(of.table).where(gone).values(missing_since=now, last_run=run_id))
    )


def count_reported(session: Session, of: People) -> int:
    """Rows without `missing_since`."""
    return (
        session.scalar(
            select(func.count()).select_from(of.table).where(of.table.c.missing_since.is_(None))
        )
        or 0
    )


def _rows(result: Any) -> int:
    return int(result.rowcount)
