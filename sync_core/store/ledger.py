"""Queries on the ledger: who may write (the fence), what each unit's last outcome was.

Everything here belongs into the transaction that writes the rows it speaks of.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from sync_core.base.errors import LostFence
from sync_core.store.control import COUNTS, PENDING, SUCCESS
from sync_core.store.data import row_changes, source_fence, unit_runs, unit_state


@dataclass(frozen=True, slots=True)
class Fence:
    """The right of one run to write one source's tables."""

    source: str
    run_id: int
    epoch: int


@dataclass(frozen=True, slots=True)
class UnitOutcome:
    """What one run did with one unit; `counts` has the names of COUNTS."""

    unit: str
    status: str
    error_class: str | None
    error_message: str | None
    duration_s: float
    finished_at: datetime
    counts: Mapping[str, int]


def last_run_id(session: Session) -> int:
    """The highest run that the ledger knows of; 0 for none."""
    held = session.scalar(select(func.max(source_fence.c.run_id))) or 0
    return max(held, session.scalar(select(func.max(unit_runs.c.run_id))) or 0)


def raise_fence(session: Session, source: str, run_id: int, now: datetime) -> Fence:
    """Shuts out whoever held the source before, and waits for the unit that they are writing.

    Raises LostFence where a newer run holds it: a process that slept does not take it back.
    """
    values = {"run_id": run_id, "raised_at": now}
    if not _raise_again(session, source, values):
        try:
            with session.begin_nested():
                session.execute(insert(source_fence).values(source=source, epoch=1, **values))
        except IntegrityError:  # it is there: another first run was faster, or a newer one holds it
            _raise_again(session, source, values)
    held = session.execute(_held(source, source_fence.c.run_id, source_fence.c.epoch)).one()
    if held.run_id != run_id:
        raise _lost(source, run_id)
    return Fence(source, run_id, held.epoch)


def _raise_again(session: Session, source: str, values: Mapping[str, Any]) -> bool:
    result = session.execute(
        update(source_fence)
        .where(source_fence.c.source == source, source_fence.c.run_id <= values["run_id"])
        .values(epoch=source_fence.c.epoch + 1, **values)
    )
    return getattr(result, "rowcount", 0) == 1


def _held(source: str, *columns: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    """Locks the fence: until this transaction ends, nobody can raise it."""
    return select(*columns).where(source_fence.c.source == source).with_for_update()


def check_fence(session: Session, fence: Fence) -> None:
    """Raises LostFence unless the run still holds the source, and goes on to until the commit."""
    held = session.execute(
        _held(fence.source, source_fence.c.run_id, source_fence.c.epoch)
    ).one_or_none()
    if held is None or tuple(held) != (fence.run_id, fence.epoch):
        raise _lost(fence.source, fence.run_id)


def _lost(source: str, run_id: int) -> LostFence:
    return LostFence(
        f"Run {run_id} no longer holds {source}.",
        hint="It was ended, or another run took over. Nothing more was written.",
    )


def register_plan(session: Session, source: str, ranks: Mapping[str, str], plan: set[str]) -> None:
    """Makes a row for every unit of `ranks` (unit → rank) and marks which form the full plan."""
    known = set(session.scalars(select(unit_state.c.unit).where(unit_state.c.source == source)))
    fresh = [
        {"source": source, "unit": unit, "rank": rank, "in_plan": unit in plan}
        for unit, rank in ranks.items()
        if unit not in known
    ]
    if fresh:
        session.execute(insert(unit_state), fresh)
    _mark_plan(session, source, plan)


def _mark_plan(session: Session, source: str, plan: set[str]) -> None:
    marked = set(
        session.scalars(
            select(unit_state.c.unit).where(unit_state.c.source == source, unit_state.c.in_plan)
        )
    )
    for units, in_plan in ((marked - plan, False), (plan - marked, True)):
        for some in _chunks(sorted(units)):
            session.execute(
                update(unit_state)
                .where(unit_state.c.source == source, unit_state.c.unit.in_(some))
                .values(in_plan=in_plan)
            )


def open_units(session: Session, source: str, units: list[str]) -> None:
    """A run is about to fetch these: until it comes to them, their last outcome is `pending`."""
    for some in _chunks(units):
        session.execute(
            update(unit_state)
            .where(unit_state.c.source == source, unit_state.c.unit.in_(some))
            .values(status=PENDING, error_class=None)
        )


def _chunks(items: list[str], size: int = 500) -> Iterable[list[str]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def unit_ids(session: Session, source: str) -> dict[str, int]:
    rows = session.execute(
        select(unit_state.c.unit, unit_state.c.id).where(unit_state.c.source == source)
    )
    return {row.unit: row.id for row in rows}


def succeeded_units(session: Session, source: str) -> set[str]:
    """Units whose last outcome is success."""
    return set(
        session.scalars(
            select(unit_state.c.unit).where(
                unit_state.c.source == source, unit_state.c.status == SUCCESS
            )
        )
    )


def record_outcome(session: Session, run_id: int, unit_id: int, outcome: UnitOutcome) -> None:
    """One unit's outcome in one run, and as the unit's last one."""
    session.execute(
        insert(unit_runs).values(
            run_id=run_id,
            unit_id=unit_id,
            status=outcome.status,
            error_class=outcome.error_class,
            error_message=outcome.error_message,
            duration_s=outcome.duration_s,
            finished_at=outcome.finished_at,
            **outcome.counts,
        )
    )
    values: dict[str, object] = {
        "status": outcome.status,
        "error_class": outcome.error_class,
        "run_id": run_id,
    }
    if outcome.status == SUCCESS:
        values |= {"success_at": outcome.finished_at, "rows": outcome.counts["fetched"]}
    session.execute(update(unit_state).where(unit_state.c.id == unit_id).values(values))


def outcomes_of(session: Session, run_id: int, source: str) -> list[UnitOutcome]:
    """Every unit outcome of a run, in the order of their commits."""
    rows = session.execute(
        select(unit_runs, unit_state.c.unit)
        .join(unit_state, unit_state.c.id == unit_runs.c.unit_id)
        .where(unit_runs.c.run_id == run_id, unit_state.c.source == source)
        .order_by(unit_runs.c.finished_at, unit_state.c.rank.desc())
    ).mappings()
    return [
        UnitOutcome(
            unit=row["unit"],
            status=row["status"],
            error_class=row["error_class"],
            error_message=row["error_message"],
            duration_s=row["duration_s"],
            finished_at=row["finished_at"],
            counts={name: row[name] for name in COUNTS},
        )
        for row in rows
    ]


def is_covered(session: Session, source: str) -> bool:
    """Whether the last outcome of every unit of the full plan is success."""
    outcome = func.coalesce(unit_state.c.status, PENDING)
    return _in_plan(session, source) > 0 and _in_plan(session, source, outcome != SUCCESS) == 0


def missing_marked(session: Session, run_id: int, source: str) -> int:
    """How many people a run marked as no longer reported."""
    return (
        session.scalar(
            select(func.count()).where(
                row_changes.c.run_id == run_id,
                row_changes.c.source == source,
                row_changes.c.column == "missing_since",
                row_changes.c.new.is_not(None),
            )
        )
        or 0
    )


def _in_plan(session: Session, source: str, *conditions: ColumnElement[bool]) -> int:
    units = select(func.count()).where(
        unit_state.c.source == source, unit_state.c.in_plan, *conditions
    )
    return session.scalar(units) or 0
