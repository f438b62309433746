"""Rules that a source's table is held against as a whole. There are no rows behind them."""

from dataclasses import dataclass

from sqlalchemy import Text, and_, cast, column, exists, func, select, table
from sqlalchemy.orm import Session

from sync_core.store.control import SUCCESS
from sync_core.store.data import rejected_rows, unit_runs, unit_state
from sync_core.store.quality_rules import Looked
from sync_core.store.types import UtcDateTime


@dataclass(frozen=True, slots=True)
class Rejected:
    """Records that were rejected for one reason, and the newest run that keeps some of them."""

    count: int
    run_id: int | None


@dataclass(frozen=True, slots=True)
class Totals:
    """Of a run that covered the full plan: rows that come from it, the people whom the gateway
    reported, and in how many records."""

    rows: int
    people: int
    records: int


def rejected_for(session: Session, source: str, reason: str) -> Rejected:
    """In the last answer of each unit of the plan that was read: a skipped unit is as it was."""
    refused, read = rejected_rows.c, unit_runs.alias("read")
    last = (
        select(unit_state.c.id, refused.unit, func.max(refused.run_id).label("run_id"))
        .join_from(
            rejected_rows,
            unit_state,
            and_(unit_state.c.source == refused.source, unit_state.c.unit == refused.unit),
        )
        .join(read, and_(read.c.run_id == refused.run_id, read.c.unit_id == unit_state.c.id))
        .where(
            refused.source == source,
            refused.reason == reason,
            unit_state.c.in_plan,
            read.c.status == SUCCESS,
        )
        .group_by(unit_state.c.id, refused.unit)
        .subquery()
    )
    since = exists().where(
        unit_runs.c.unit_id == last.c.id,
        unit_runs.c.run_id > last.c.run_id,
        unit_runs.c.status == SUCCESS,
        ~unit_runs.c.skipped,
    )
    same = and_(refused.run_id == last.c.run_id, refused.unit == last.c.unit)
    query = (
        select(func.count(), func.max(last.c.run_id))
        .join_from(rejected_rows, last, same)
        .where(refused.source == source, refused.reason == reason, ~since)
    )
    count, run_id = session.execute(query).one()
    return Rejected(count, run_id)


def empty_columns(session: Session, looked: Looked) -> tuple[str, ...]:
    """Those of the columns that hold nothing in any row of who is reported now.

    A column is asked for the first row that has something: only an empty one costs a whole scan.
    """
    reported = column("missing_since", UtcDateTime).is_(None)
    if not session.scalar(
        select(exists(select(1).select_from(table(looked.table)).where(reported)))
    ):
        return ()
    filled = (
        exists(
            select(1)
            .select_from(table(looked.table))
            .where(reported, cast(column(name), Text) != "")
        ).label(name)
        for name in looked.columns
    )
    found = session.execute(select(*filled)).one()
    return tuple(name for name, there in zip(looked.columns, found, strict=True) if not there)


def totals(session: Session, source: str, run_id: int, people: str) -> Totals | None:
    """None for a run that did not cover the full plan. `people`: the source's table."""
    planned = select(unit_state.c.id).where(unit_state.c.source == source, unit_state.c.in_plan)
    runs = unit_runs.c
    counts = (func.sum(runs.inserted + runs.updated + runs.unchanged), func.sum(runs.fetched))
    done, seen, fetched = session.execute(
        select(func.count(), *counts).where(
            runs.run_id == run_id, runs.unit_id.in_(planned), runs.status == SUCCESS
        )
    ).one()
    if not done or done < _size(session, source):
        return None
    held = (
        select(func.count())
        .select_from(table(people))
        .where(column("unit_id").in_(planned), column("missing_since", UtcDateTime).is_(None))
    )
    return Totals(session.scalar(held) or 0, int(seen), int(fetched))


def _size(session: Session, source: str) -> int:
    """Units of the plan."""
    query = select(func.count()).where(unit_state.c.source == source, unit_state.c.in_plan)
    return session.scalar(query) or 0
