"""Queries on what the demo makes up, as told by a host that is none. No real run has that host."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, exists, insert, select
from sqlalchemy.orm import Session

from sync_core.store.control import ACTIVE, COUNTS, Run, RunUnit
from sync_core.store.data import unit_runs

Values = Mapping[str, Any]

_UNTOLD: Values = {
    **dict.fromkeys(("error_class", "error_message")),
    **dict.fromkeys(("refused_before", "refused_people", "refused_rejects")),
    **dict.fromkeys(COUNTS, 0),
    "skipped": False,
    "repeats": 0,
}
"""What a unit's row holds where nothing is said of it."""


def is_staged(session: Session, host: str) -> bool:
    return bool(session.scalar(select(exists().where(Run.host == host))))


def add_past(session: Session, runs: Sequence[Values], units: Sequence[Values]) -> None:
    """By the columns of the two tables; each unit names its run."""
    session.execute(insert(Run), [_whole(run) for run in runs])
    session.execute(insert(RunUnit), [{**_UNTOLD, **unit} for unit in units])


def _whole(run: Values) -> Values:
    """Rows that go in together have the same columns."""
    own = ("refused_missing", "drift", "cancel_requested_at", "cancel_requested_by")
    return {**dict.fromkeys(own), "counted": False, **run}


def add_outcomes(session: Session, outcomes: Sequence[Values]) -> None:
    """Into the ledger, of the data database: by run and unit, as `add_past` takes them."""
    if outcomes:
        session.execute(insert(unit_runs), [{**_UNTOLD, **outcome} for outcome in outcomes])


def delete_active(session: Session, host: str) -> Sequence[int]:
    """The runs that are no more."""
    gone = delete(Run).where(Run.host == host, Run.status.in_(ACTIVE)).returning(Run.id)
    return session.scalars(gone).all()


def delete_outcomes(session: Session, runs: Sequence[int]) -> None:
    session.execute(delete(unit_runs).where(unit_runs.c.run_id.in_(runs)))
