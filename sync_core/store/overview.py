"""Queries that answer, for one source: what is true of it now, and how old is its data?"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sync_core.store.control import ACTIVE, SUCCESS, Run, Schedule
from sync_core.store.data import pardis, unit_state


@dataclass(frozen=True, slots=True)
class PlanAge:
    """`oldest_at`: the oldest last success of a planned unit. `never`: units without any."""

    oldest_at: datetime | None
    units: int
    never: int


def last_success(session: Session, source: str) -> Run | None:
    """The newest successful run that covered the whole plan."""
    query = select(Run).where(
        Run.source == source, Run.status == SUCCESS, Run.mode == "full", Run.records.is_not(None)
    )
    return session.scalar(query.order_by(Run.id.desc()).limit(1))


def last_records(session: Session, source: str, limit: int) -> list[int]:
    """Rows confirmed by the latest full covers, newest first."""
    query = (
        select(Run.records)
        .where(Run.source == source, Run.records.is_not(None), Run.status.not_in(ACTIVE))
        .order_by(Run.id.desc())
        .limit(limit)
    )
    return [records for records in session.scalars(query) if records is not None]


def find_schedule(session: Session, source: str) -> Schedule | None:
    return session.get(Schedule, source)


def plan_age(session: Session, source: str) -> PlanAge:
    """From the data database."""
    state = unit_state.c
    oldest_at, units, answered = session.execute(
        select(func.min(state.success_at), func.count(), func.count(state.success_at)).where(
            state.source == source, state.in_plan
        )
    ).one()
    return PlanAge(oldest_at=oldest_at, units=units, never=units - answered)


def campus_name(session: Session, code: str) -> str | None:
    """From the data database."""
    return session.scalar(select(pardis.c.name).where(pardis.c.pardis_code == code))
