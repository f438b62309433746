"""Queries on `schedules` and `heartbeats`. Claims are guarded updates: nothing is checked first."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Update, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, load_only

from sync_core.store.control import DataSync, Heartbeat, Run, Schedule, Setting
from sync_core.store.syncs import SourceRow, ensure_sources
from sync_core.store.touched import touched

ACCOUNT = ("gateway_url", "gateway_user", "gateway_password")
"""What is entered of the gateway's account; `glance` asks for the same."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that ended, as far as it matters for what comes next."""

    id: int
    status: str
    error_class: str | None
    trigger: str
    requested_by: str
    created_at: datetime
    finished_at: datetime


ENDED = tuple(each.name for each in fields(Ended))


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
    session: Session,
    seen: Schedule,
    *,
    next_due_at: datetime,
    fired_at: datetime | None = None,
    slot_at: datetime | None = None,
    missed: int = 0,
    waiting: int = 0,
) -> bool:
    """Moves a schedule on if nobody has since it was read; `fired_at` None only moves the slot.

    `missed`: older slots that the start at `fired_at` stands for; `waiting`: that a later one will.
    """
    values: dict[str, object] = {"next_due_at": next_due_at, "waiting": waiting}
    if fired_at is not None:
        values |= {"last_fired_at": fired_at, "last_slot_at": slot_at, "last_missed": missed}
        values |= {"retry_at": None}
    claimed = _changed(session, _guarded(seen).values(values))
    if claimed:
        _mirror_due(session, seen.source, next_due_at)
    return claimed


def claim_retry(session: Session, seen: Schedule) -> bool:
    """Whether the retry that was planned is this caller's to start, and nobody else's."""
    if seen.retry_at is None:
        return False
    ours = update(Schedule).where(
        Schedule.source == seen.source,
        Schedule.enabled,
        Schedule.updated_at == seen.updated_at,
        Schedule.retry_at == seen.retry_at,
        Schedule.retry_of == seen.retry_of,
    )
    return _changed(session, ours.values(retry_at=None))


def put_verdict(session: Session, seen: Schedule, values: Mapping[str, Any]) -> bool:
    """What the end of a run means for a schedule, if nobody has changed it since it was read."""
    same = (
        Schedule.judged_run.is_not_distinct_from(seen.judged_run),
        Schedule.retry_at.is_not_distinct_from(seen.retry_at),
    )
    changed = _changed(session, _guarded(seen).where(*same).values(**values))
    if changed:
        _mirror_due(session, seen.source, values["next_due_at"])
    return changed


def _guarded(seen: Schedule) -> Update:
    return update(Schedule).where(
        Schedule.source == seen.source,
        Schedule.enabled,
        Schedule.updated_at == seen.updated_at,
        Schedule.next_due_at.is_not_distinct_from(seen.next_due_at),
    )


def _mirror_due(session: Session, source: str, next_due_at: datetime | None) -> None:
    session.execute(
        update(DataSync).where(DataSync.data_source == source).values(next_sync_at=next_due_at)
    )


def newest_ended(session: Session) -> dict[str, int]:
    """The newest run of each source that has ended."""
    ids = select(Run.id).where(Run.source == Schedule.source, Run.finished_at.is_not(None))
    newest = ids.order_by(Run.id.desc()).limit(1).scalar_subquery()
    query = select(Schedule.source, newest)
    return {source: run_id for source, run_id in session.execute(query) if run_id is not None}


def ended_runs(session: Session, source: str, limit: int = 200) -> list[Ended]:
    """Newest first."""
    query = (
        select(Run)
        .options(load_only(*(getattr(Run, name) for name in ENDED), raiseload=True))
        .where(Run.source == source, Run.finished_at.is_not(None))
        .order_by(Run.id.desc())
        .limit(limit)
    )
    return [Ended(*(getattr(run, name) for name in ENDED)) for run in session.scalars(query)]


def account_changed_at(session: Session) -> datetime | None:
    """When somebody last entered something of the gateway's account."""
    return session.scalar(select(func.max(Setting.updated_at)).where(Setting.key.in_(ACCOUNT)))


def mirror(session: Session, schedule: Schedule, interval: tuple[int, str]) -> None:
    """Copies a schedule into the columns that `data_syncs` has for it.

    `interval`: its own, or of fixed times the mean, for these columns know nothing else.
    """
    value, unit = interval
    session.execute(
        update(DataSync)
        .where(DataSync.data_source == schedule.source)
        .values(
            sync_type="automatic" if schedule.enabled else "manual",
            auto_sync_enabled=schedule.enabled,
            sync_interval_value=value,
            sync_interval_unit=unit,
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


def beats(session: Session, names: Iterable[str]) -> list[Heartbeat]:
    """Those of these names that there are, the latest first."""
    query = select(Heartbeat).where(Heartbeat.name.in_(names)).order_by(Heartbeat.at.desc())
    return list(session.scalars(query))


def _set_beat(session: Session, name: str, at: datetime, host: str) -> bool:
    statement = update(Heartbeat).where(Heartbeat.name == name).values(at=at, host=host)
    return _changed(session, statement)


def _changed(session: Session, statement: object) -> bool:
    result = session.execute(statement, execution_options={"synchronize_session": False})  # type: ignore[call-overload]
    return touched(result) == 1
