"""Queries on `sync_runs`: the claim, the guarded changes of a run's state, what is active."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, literal_column, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from sync_core.base.errors import IllegalTransition, UnknownRun
from sync_core.store.control import ACTIVE, FAILED, PENDING, RUNNING, SUCCESS, Run, RunUnit
from sync_core.store.ledger import UnitOutcome, refused_values
from sync_core.store.postgresql import lock_table
from sync_core.store.syncs import lock_source
from sync_core.store.touched import touched

BEFORE = {RUNNING: (PENDING,), SUCCESS: (RUNNING,), FAILED: ACTIVE}
"""From which states a run may come into each. Terminal states never change."""

IS_ACTIVE = Run.status.in_([literal_column(f"'{status}'") for status in ACTIVE])
"""Written out as in the indexes of active runs: by a parameter SQLite does not know them again."""


def insert_run(session: Session, values: Mapping[str, Any], *, after: int = 0) -> Run | None:
    """The claim. None where the database refuses it because a run of the source is active.

    The run's id is above `after`, so that no id of the ledger comes twice, not even where this
    database was lost or restored from a backup.
    """
    lock_table(session, Run.metadata.tables[Run.__tablename__])
    newest = session.scalar(select(func.max(Run.id))) or 0
    run = Run(id=max(newest, after) + 1, **values)
    try:
        with session.begin_nested():
            session.add(run)
    except IntegrityError:
        return None
    return run


def get_run(session: Session, run_id: int) -> Run:
    run = session.get(Run, run_id)
    if run is None:
        raise UnknownRun(f"There is no run {run_id}.", hint="`runs` lists them.")
    return run


def active_run(session: Session, source: str) -> Run | None:
    return session.scalar(select(Run).where(Run.source == source, IS_ACTIVE))


def active_runs(session: Session) -> Sequence[Run]:
    return session.scalars(select(Run).where(IS_ACTIVE).order_by(Run.id)).all()


def latest_runs(session: Session, *, source: str | None, limit: int) -> Sequence[Run]:
    """Newest first."""
    query = select(Run).order_by(Run.id.desc()).limit(limit)
    return session.scalars(query.where(Run.source == source) if source else query).all()


def change_status(session: Session, run_id: int, status: str, values: Mapping[str, Any]) -> None:
    """The only statement that changes a run's status. Raises IllegalTransition."""
    source = session.scalar(select(Run.source).where(Run.id == run_id))
    if source is not None:
        lock_source(session, source)
    result = session.execute(
        update(Run)
        .where(Run.id == run_id, Run.status.in_(BEFORE[status]))
        .values(status=status, **values)
    )
    if touched(result) != 1:
        raise IllegalTransition(
            f"Run {run_id} cannot become {status}.", hint="It has ended already; see `show`."
        )


def note_supervisor(session: Session, run_id: int, pid: int, started: float) -> None:
    """Who was launched for a run, until that one says so itself: should it die before, it is known
    to be dead."""
    session.execute(
        update(Run)
        .where(Run.id == run_id, Run.status == PENDING)
        .values(supervisor_pid=pid, supervisor_started=started)
    )


def update_running(session: Session, run_id: int, values: Mapping[str, Any]) -> bool:
    """Progress and lease of a run; False where it is not running any more."""
    result = session.execute(
        update(Run).where(Run.id == run_id, Run.status == RUNNING).values(**values)
    )
    return touched(result) == 1


def ask_to_cancel(session: Session, run_id: int, by: str, now: datetime) -> bool:
    """False where the run has ended already. The first to ask is the one that is named."""
    active = (Run.id == run_id, Run.status.in_(ACTIVE))
    session.execute(
        update(Run)
        .where(*active, Run.cancel_requested_at.is_(None))
        .values(cancel_requested_at=now, cancel_requested_by=by)
    )
    return session.scalar(select(Run.id).where(*active)) is not None


def copy_outcomes(session: Session, run_id: int, outcomes: Sequence[UnitOutcome]) -> None:
    """Makes the control database's copy of a run's units equal to the ledger."""
    session.execute(delete(RunUnit).where(RunUnit.run_id == run_id))
    if outcomes:
        session.execute(insert(RunUnit), [_unit_row(run_id, outcome) for outcome in outcomes])


def _unit_row(run_id: int, outcome: UnitOutcome) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "unit": outcome.unit,
        "status": outcome.status,
        "error_class": outcome.error_class,
        "error_message": outcome.error_message,
        "duration_s": outcome.duration_s,
        "finished_at": outcome.finished_at,
        "skipped": outcome.skipped,
        "repeats": outcome.repeats,
        **refused_values(outcome.refused),
        **outcome.counts,
    }


def units_of(session: Session, run_id: int) -> Sequence[RunUnit]:
    """A run's units, highest name first (newest term, then highest campus)."""
    return session.scalars(
        select(RunUnit).where(RunUnit.run_id == run_id).order_by(RunUnit.unit.desc())
    ).all()
