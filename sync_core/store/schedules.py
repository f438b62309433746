"""Queries on `schedules` and `heartbeats`. Claims are guarded updates: nothing is checked first."""

from datetime import datetime

from sqlalchemy import CursorResult, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from sync_core.store.control import DataSync, Heartbeat, Schedule
from sync_core.store.syncs import SourceRow, ensure_sources


def all_schedules(session: Session) -> list[Schedule]:
    return list(session.scalars(select(Schedule).order_by(Schedule.source)))


def lock_schedule(session: Session, source: str, now: datetime) -> Schedule:
    """The row, made where it is missing, and kept for this transaction alone until it ends."""
    query = select(Schedule).where(Schedule.source == source).with_for_update()
    found = session.scalar(query)
    if found is None:
        ensure_sources(session, [SourceRow(source, "", "")], now)
        session.flush()
        found = session.scalars(query).one()
    return found


def claim_slot(
    session: Session, seen: Schedule, *, next_due_at: datetime, fired_at: datetime | None
) -> bool:
    """Moves a schedule on if nobody has since it was read; `fired_at` None only moves the slot."""
    values: dict[str, object] = {"next_due_at": next_due_at}
    if fired_at is not None:
        values["last_fired_at"] = fired_at
    claimed = _changed(
        session,
        update(Schedule)
        .where(
            Schedule.source == seen.source,
            Schedule.enabled,
            Schedule.updated_at == seen.updated_at,
            Schedule.next_due_at.is_not_distinct_from(seen.next_due_at),
        )
        .values(values),
    )
    if claimed:
        session.execute(
            update(DataSync)
            .where(DataSync.data_source == seen.source)
            .values(next_sync_at=next_due_at)
        )
    return claimed


def mirror(session: Session, schedule: Schedule) -> None:
    """Copies a schedule into the columns that `data_syncs` has for it."""
    session.execute(
        update(DataSync)
        .where(DataSync.data_source == schedule.source)
        .values(
            sync_type="automatic" if schedule.enabled else "manual",
            auto_sync_enabled=schedule.enabled,
            sync_interval_value=schedule.interval_value,
            sync_interval_unit=schedule.interval_unit,
            next_sync_at=schedule.next_due_at,
            updated_at=schedule.updated_at,
        )
    )


def beat(session: Session, name: str, *, at: datetime, host: str) -> None:
    """Records a sign of life; two first ones at once are both right."""
    if _set_beat(session, name, at, host):
        return
    try:
        with session.begin_nested():
            session.add(Heartbeat(name=name, at=at, host=host))
    except IntegrityError:
        _set_beat(session, name, at, host)


def last_beat(session: Session, name: str) -> datetime | None:
    return session.scalar(select(Heartbeat.at).where(Heartbeat.name == name))


def _set_beat(session: Session, name: str, at: datetime, host: str) -> bool:
    statement = update(Heartbeat).where(Heartbeat.name == name).values(at=at, host=host)
    return _changed(session, statement)


def _changed(session: Session, statement: object) -> bool:
    result = session.execute(statement, execution_options={"synchronize_session": False})  # type: ignore[call-overload]
    return isinstance(result, CursorResult) and result.rowcount == 1
