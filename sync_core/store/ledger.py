"""Queries on the ledger of units: what is planned, and what each unit's last outcome was.

Everything here belongs into the transaction that writes the rows it speaks of.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, RowMapping, bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from sync_core.store.control import COUNTS, PENDING, SUCCESS
from sync_core.store.data import row_changes, source_fence, unit_runs, unit_state


@dataclass(frozen=True, slots=True)
class Refused:
    """What a unit sent and a guard refused: so many people, and records that cannot be rows.

    `before`: how many people it had.
    """

    before: int
    people: int
    rejects: int


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
    skipped: bool = False
    """It was sent as before, byte for byte, and was not read again."""
    repeats: int = 0
    """Calls to the gateway that had to be repeated."""
    refused: Refused | None = None


@dataclass(frozen=True, slots=True)
class UnitState:
    """What is known of a unit. `left` is what its last success left; None before the first one."""

    id: int
    unit: str
    rank: str
    in_plan: bool
    left: "Left | None"


@dataclass(frozen=True, slots=True)
class Left:
    """What a unit's success leaves: its records, their people, and the digest of what was sent.

    `mapping` names the way in which the records became rows. A digest of None is equal to nothing:
    the unit must be read again whatever it sends.
    """

    rows: int
    people: int
    duplicates: int
    rejected: int
    digest: str | None
    mapping: str | None


def last_run_id(session: Session) -> int:
    """The highest run that the ledger knows of; 0 for none."""
    held = session.scalar(select(func.max(source_fence.c.run_id))) or 0
    return max(held, session.scalar(select(func.max(unit_runs.c.run_id))) or 0)


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
    """A unit that comes or goes wins or loses people: it must be read again, same as it may be."""
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
                .values(in_plan=in_plan, digest=None)
            )


def open_units(session: Session, source: str, run_id: int, units: list[str]) -> None:
    """A run is about to fetch these: until it comes to them, their last outcome is `pending`."""
    for some in _chunks(units):
        session.execute(
            update(unit_state)
            .where(unit_state.c.source == source, unit_state.c.unit.in_(some))
            .values(status=PENDING, error_class=None, run_id=run_id)
        )


def waiting_units(session: Session, run_id: int, source: str) -> Sequence[str]:
    """Units that a run has opened and not come to yet."""
    query = select(unit_state.c.unit).where(
        unit_state.c.source == source,
        unit_state.c.status == PENDING,
        unit_state.c.run_id == run_id,
    )
    return session.scalars(query).all()


def _chunks(items: list[str], size: int = 500) -> Iterable[list[str]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def unit_states(session: Session, source: str) -> dict[str, UnitState]:
    """By the unit's name."""
    rows = session.execute(select(unit_state).where(unit_state.c.source == source))
    return {row.unit: _state(row) for row in rows}


def _state(row: Row[Any]) -> UnitState:
    known = row.people is not None
    left = (
        Left(row.rows, row.people, row.duplicates, row.rejected, row.digest, row.mapping_version)
        if known
        else None
    )
    return UnitState(row.id, row.unit, row.rank, row.in_plan, left)


def succeeded_units(session: Session, source: str) -> set[str]:
    """Units whose last outcome is success."""
    return set(
        session.scalars(
            select(unit_state.c.unit).where(
                unit_state.c.source == source, unit_state.c.status == SUCCESS
            )
        )
    )


def record_failure(session: Session, run_id: int, unit_id: int, outcome: UnitOutcome) -> None:
    """A unit's outcome in one run, and as its last one. What it last sent stays known."""
    connection = session.connection()
    connection.execute(_INSERT_OUTCOME, _outcome_row(run_id, unit_id, outcome))
    connection.execute(_UPDATE_FAILED, _state_values(run_id, unit_id, outcome))


def record_successes(
    session: Session, run_id: int, successes: Sequence[tuple[int, UnitOutcome, Left]]
) -> None:
    """Units (by id) with their outcomes in one run, and what each left."""
    connection = session.connection()
    rows = [_outcome_row(run_id, unit_id, outcome) for unit_id, outcome, _ in successes]
    connection.execute(_INSERT_OUTCOME, rows)
    values = [
        _state_values(run_id, unit_id, outcome) | _left_values(outcome, left)
        for unit_id, outcome, left in successes
    ]
    connection.execute(_UPDATE_SUCCEEDED, values)


def _outcome_row(run_id: int, unit_id: int, outcome: UnitOutcome) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "unit_id": unit_id,
        "status": outcome.status,
        "error_class": outcome.error_class,
        "error_message": outcome.error_message,
        "duration_s": outcome.duration_s,
        "finished_at": outcome.finished_at,
        "skipped": outcome.skipped,
        "repeats": outcome.repeats,
        **refused_values(outcome.refused),
        **{name: outcome.counts.get(name, 0) for name in COUNTS},
    }


def _state_values(run_id: int, unit_id: int, outcome: UnitOutcome) -> dict[str, Any]:
    status, error_class = outcome.status, outcome.error_class
    return {"of_unit": unit_id, "status": status, "error_class": error_class, "run_id": run_id}


def _left_values(outcome: UnitOutcome, left: Left) -> dict[str, Any]:
    values = asdict(left)
    return {
        "success_at": outcome.finished_at,
        "mapping_version": values.pop("mapping"),
        **values,
    }


_REFUSED = ("before", "people", "rejects")
_OF_UNIT = unit_state.c.id == bindparam("of_unit")
_LAST = ("status", "error_class", "run_id")
_LEFT = ("success_at", "rows", "people", "duplicates", "rejected", "digest", "mapping_version")
_INSERT_OUTCOME = insert(unit_runs)
_UPDATE_FAILED = update(unit_state).where(_OF_UNIT).values({n: bindparam(n) for n in _LAST})
_UPDATE_SUCCEEDED = (
    update(unit_state).where(_OF_UNIT).values({n: bindparam(n) for n in (*_LAST, *_LEFT)})
)


def last_durations(session: Session, source: str) -> dict[str, float]:
    """Unit → the seconds that it took in the run of its last outcome, where that is a success."""
    rows = session.execute(
        select(unit_state.c.unit, unit_runs.c.duration_s)
        .join(
            unit_runs,
            (unit_runs.c.unit_id == unit_state.c.id) & (unit_runs.c.run_id == unit_state.c.run_id),
        )
        .where(unit_state.c.source == source, unit_runs.c.status == SUCCESS)
    )
    return {row.unit: row.duration_s for row in rows}


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
            skipped=row["skipped"],
            repeats=row["repeats"],
            refused=_refused(row),
        )
        for row in rows
    ]


def refused_values(refused: Refused | None) -> dict[str, int | None]:
    """By the columns of both planes' tables of units."""
    return {f"refused_{name}": getattr(refused, name, None) for name in _REFUSED}


def _refused(row: RowMapping) -> Refused | None:
    values = {name: row[f"refused_{name}"] for name in _REFUSED}
    return None if None in values.values() else Refused(**values)


def refused_in(session: Session, run_id: int) -> dict[str, Refused]:
    """Unit → what it sent in that run, where a guard refused it."""
    rows = session.execute(
        select(unit_runs, unit_state.c.unit)
        .join(unit_state, unit_state.c.id == unit_runs.c.unit_id)
        .where(unit_runs.c.run_id == run_id, unit_runs.c.refused_people.is_not(None))
    ).mappings()
    return {row["unit"]: refused for row in rows if (refused := _refused(row)) is not None}


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
