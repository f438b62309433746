"""Queries that count and delete what is old, a few rows at a time. They never commit, nor judge.

Rows are walked by their number, the oldest first: no index on their time is needed, and a walk ends
at the first stretch that holds nothing old.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Table, and_, delete, exists, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from sync_core.store.control import FAILED, SUCCESS, Base, Heartbeat, Run, RunUnit
from sync_core.store.control_access import LoginTries, WebSession
from sync_core.store.control_alerts import Alert, AlertDelivery
from sync_core.store.data import rejected_rows, row_changes, source_fence, unit_runs, unit_state
from sync_core.store.deliveries import OPEN
from sync_core.store.runs import IS_ACTIVE
from sync_core.store.touched import touched

__all__ = ["Table"]

CHANGES, REJECTS = row_changes, rejected_rows


class Row(NamedTuple):
    id: int
    run_id: int
    at: datetime


def next_rows(session: Session, table: Table, after: int, limit: int) -> Sequence[Row]:
    """The next ones above `after`, by their number."""
    columns = table.c
    query = select(columns.id, columns.run_id, columns.at).where(columns.id > after)
    return [Row(*row) for row in session.execute(query.order_by(columns.id).limit(limit))]


def delete_rows(session: Session, table: Table, ids: Collection[int]) -> None:
    session.execute(delete(table).where(table.c.id.in_(ids)))


def count_rows(
    session: Session, table: Table, before: datetime, kept: Collection[int]
) -> tuple[int, int]:
    """All of them, and those that are older and of no run that is kept."""
    return _count(session, table, table.c.at < before, table.c.run_id.not_in(kept))


def runs_in_ledger(session: Session) -> set[int]:
    """Runs that a unit's last outcome, or a fence, speaks of: they prove what the data is."""
    held = select(unit_state.c.run_id).where(unit_state.c.run_id.is_not(None))
    return set(session.scalars(held.union(select(source_fence.c.run_id))))


def undecided_runs(session: Session) -> set[int]:
    """Runs whose rejects an operator may still have to look at: their units are not successful."""
    query = select(unit_state.c.run_id).where(
        unit_state.c.run_id.is_not(None), unit_state.c.status == FAILED
    )
    return set(session.scalars(query))


def latest_runs(session: Session, each: int) -> set[int]:
    """Of each source the latest `each` runs, the last that succeeded, the last full cover; and
    every active one."""
    kept = set(session.scalars(select(Run.id).where(IS_ACTIVE)))
    for source in session.scalars(select(Run.source).distinct()).all():
        of_source = select(Run.id).where(Run.source == source).order_by(Run.id.desc())
        kept.update(session.scalars(of_source.limit(each)))
        for last in (Run.status == SUCCESS, Run.records.is_not(None)):
            kept.update(session.scalars(of_source.where(last).limit(1)))
    return kept


def next_runs(session: Session, after: int, limit: int) -> Sequence[tuple[int, datetime]]:
    query = select(Run.id, Run.created_at).where(Run.id > after).order_by(Run.id).limit(limit)
    return [(row.id, row.created_at) for row in session.execute(query)]


def delete_outcomes(session: Session, runs: Collection[int]) -> None:
    """Of the data database: what those runs did with each unit."""
    session.execute(delete(unit_runs).where(unit_runs.c.run_id.in_(runs)))


def delete_runs(session: Session, runs: Collection[int]) -> int:
    """Of the control database, with their units; what became active since is let be."""
    session.execute(delete(RunUnit).where(RunUnit.run_id.in_(runs)))
    result = session.execute(delete(Run).where(Run.id.in_(runs), ~IS_ACTIVE))
    return touched(result)


def count_runs(session: Session, before: datetime, kept: Collection[int]) -> tuple[int, int]:
    """All of them, and the older ones that are not kept."""
    return _count(session, Run, Run.created_at < before, Run.id.not_in(kept))


def active_since(session: Session) -> datetime | None:
    """Since when the oldest active run is asked for."""
    return session.scalar(select(func.min(Run.created_at)).where(IS_ACTIVE))


def newest_run_at(session: Session) -> datetime | None:
    return session.scalar(select(func.max(Run.created_at)))


def count_alerts(session: Session, before: datetime) -> tuple[int, int]:
    """All of them, and the older ones that are on their way to nobody."""
    return _count(session, Alert, _is_settled(before))


def old_alerts(session: Session, before: datetime, limit: int) -> Sequence[int]:
    """Those that are on their way to nobody, the oldest first."""
    query = select(Alert.id).where(_is_settled(before)).order_by(Alert.id).limit(limit)
    return session.scalars(query).all()


def delete_alerts(session: Session, ids: Collection[int]) -> int:
    """With who has read them, and how they were sent."""
    result = session.execute(
        delete(Alert).where(Alert.id.in_(ids)), execution_options={"synchronize_session": False}
    )
    return touched(result)


def count_sessions(session: Session, now: datetime, idle_since: datetime) -> tuple[int, int]:
    return _count(session, WebSession, _ended(now, idle_since))


def delete_sessions(session: Session, now: datetime, idle_since: datetime) -> int:
    """What nobody can use any more."""
    result = session.execute(
        delete(WebSession).where(_ended(now, idle_since)),
        execution_options={"synchronize_session": False},
    )
    return touched(result)


def count_tries(session: Session, before: datetime) -> tuple[int, int]:
    return _count(session, LoginTries, LoginTries.last_at < before)


def delete_tries(session: Session, before: datetime) -> int:
    result = session.execute(
        delete(LoginTries).where(LoginTries.last_at < before),
        execution_options={"synchronize_session": False},
    )
    return touched(result)


def claim_beat(
    session: Session, name: str, *, seen: datetime | None, at: datetime, host: str
) -> bool:
    """The one of many that does what is done once: `seen` is the last time as it was read."""
    if seen is None:
        try:
            with session.begin_nested():
                session.add(Heartbeat(name=name, at=at, host=host))
        except IntegrityError:
            return False
        return True
    result = session.execute(
        update(Heartbeat)
        .where(Heartbeat.name == name, Heartbeat.at == seen)
        .values(at=at, host=host),
        execution_options={"synchronize_session": False},
    )
    return touched(result) == 1


def _count(session: Session, of: Table | type[Base], *old: ColumnElement[bool]) -> tuple[int, int]:
    """All rows, and those to which all of `old` applies."""
    query = select(func.count(), func.count().filter(*old)).select_from(of)
    there, gone = session.execute(query).one()
    return there, gone


def _is_settled(before: datetime) -> ColumnElement[bool]:
    on_its_way = exists().where(AlertDelivery.alert_id == Alert.id, AlertDelivery.state.in_(OPEN))
    return and_(Alert.at < before, ~on_its_way)


def _ended(now: datetime, idle_since: datetime) -> ColumnElement[bool]:
    return or_(WebSession.expires_at <= now, WebSession.last_seen_at <= idle_since)
