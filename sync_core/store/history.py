"""Queries on the history of runs. They read; `runs.lifecycle` alone writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from sync_core.store.control import Run, RunUnit

S = TypeVar("S", bound=Select[*tuple[Any, ...]])


@dataclass(frozen=True, slots=True)
class HistoryFilter:
    """None means any."""

    source: str | None = None
    status: str | None = None


def count_runs(session: Session, which: HistoryFilter) -> int:
    return session.scalar(_filtered(select(func.count(Run.id)), which)) or 0


def runs_page(session: Session, which: HistoryFilter, *, skip: int, limit: int) -> Sequence[Run]:
    """Newest first."""
    query = _filtered(select(Run), which).order_by(Run.id.desc()).offset(skip).limit(limit)
    return session.scalars(query).all()


def find_run(session: Session, run_id: int) -> Run | None:
    return session.get(Run, run_id)


def units_of_run(session: Session, run_id: int) -> Sequence[RunUnit]:
    """Failed ones first, then by name from the newest term down."""
    query = select(RunUnit).where(RunUnit.run_id == run_id)
    return session.scalars(query.order_by(RunUnit.status, RunUnit.unit.desc())).all()


def outcomes_since(
    session: Session, which: HistoryFilter, since: datetime
) -> list[tuple[datetime, str]]:
    """`(created_at, status)` of each run, oldest first."""
    query = select(Run.created_at, Run.status).where(Run.created_at >= since)
    return [
        (at, status) for at, status in session.execute(_filtered(query, which).order_by(Run.id))
    ]


def history_mark(session: Session) -> tuple[object, ...]:
    """Changes whenever a run is added, moves on or ends; a key for caches."""
    return tuple(
        session.execute(
            select(func.max(Run.id), func.max(Run.finished_at), func.max(Run.progress_at))
        ).one()
    )


def _filtered(query: S, which: HistoryFilter) -> S:
    if which.source:
        query = query.where(Run.source == which.source)
    if which.status:
        query = query.where(Run.status == which.status)
    return query
