"""Reads and changes the schedules. A change over somebody's newer one is refused, not merged."""

from dataclasses import dataclass, fields, replace
from datetime import datetime, time, timedelta
from typing import TypedDict, Unpack, cast

from sync_core.access import audit
from sync_core.access.permissions import CONFIGURE, SEE, Actor, require
from sync_core.base.clock import utc_now
from sync_core.schedule.glance import TICK as TICK
from sync_core.schedule.plan import Coming as Coming
from sync_core.schedule.plan import Plan, nearest, upcoming
from sync_core.schedule.timing import (
    EVERY,
    STALE,
    Timing,
    TimingRefused,
    checked,
    columns_of,
    mean_distance,
    plan_of,
    timing_of,
    told,
)
from sync_core.store import schedules
from sync_core.store.control import Schedule
from sync_core.store.engines import Databases

MINUTE = timedelta(minutes=1)


class Changes(TypedDict, total=False):
    """Fields of `Timing`; what is not given stays as it is."""

    kind: str
    interval_value: int
    interval_unit: str
    times: tuple[time, ...]
    weekdays: tuple[int, ...]
    month_day: int | None
    quiet_from: time | None
    quiet_to: time | None
    missed: str
    mode: str
    retries: int
    retry_wait_minutes: int


def read_schedules(databases: Databases, actor: Actor) -> list[Schedule]:
    require(actor, SEE)
    with databases.control.read() as session:
        return schedules.all_schedules(session)


def last_fired(databases: Databases, actor: Actor) -> datetime | None:
    """When `tick` last ran, whoever called it."""
    require(actor, SEE)
    with databases.control.read() as session:
        return schedules.last_beat(session, TICK)


def save_schedule(
    databases: Databases,
    actor: Actor,
    source: str,
    *,
    enabled: bool,
    expected_updated_at: datetime | None = None,
    **changes: Unpack[Changes],
) -> Schedule:
    """The schedule as saved. `expected_updated_at`: the version that the actor saw, if any.

    Raises Denied, and TimingRefused for what can never be, or a version that is not the newest.
    """
    require(actor, CONFIGURE)
    with databases.control.write() as session:
        now = utc_now()
        row = schedules.lock_schedule(session, source, now)
        _refuse_stale(row, expected_updated_at)
        before = _Before(row.enabled, timing_of(row))
        timing = checked(replace(before.timing, **changes))
        _change(row, before, enabled, timing, now)
        row.updated_at, row.updated_by = max(now, row.updated_at + MINUTE / 60_000_000), actor.name
        session.flush()
        schedules.mirror(session, row, mean_distance(timing))
        words = audit.change("automatic", *_told(before, _Before(enabled, timing)))
        audit.record(session, actor, audit.SCHEDULE_SAVED, source, words)
    return row


def as_changes(timing: Timing) -> Changes:
    """All of them."""
    return cast("Changes", {each.name: getattr(timing, each.name) for each in fields(timing)})


def next_runs(row: Schedule, now: datetime, n: int = 5) -> list[Coming]:
    """The runs that ticks are going to start; none where the schedule is off."""
    return upcoming(plan_of(row), now, n) if row.enabled else []


def preview(timing: Timing, now: datetime, n: int = 5) -> list[Coming]:
    """The runs to come if `timing` were saved now. Raises TimingRefused."""
    return upcoming(_fresh(checked(timing), now), now, n)


@dataclass(frozen=True, slots=True)
class _Before:
    enabled: bool
    timing: Timing


def _change(row: Schedule, before: _Before, enabled: bool, timing: Timing, now: datetime) -> None:
    """Saving what already holds keeps the slot; anything else starts one interval from now.

    Whatever is saved, failures until now hold nothing back any more, and a retry that waits is
    decided about anew.
    """
    same = before.enabled and before.timing.recurs == timing.recurs
    for name, value in columns_of(timing).items():
        setattr(row, name, value)
    row.enabled = enabled
    _forgive(row, now)
    if not enabled:
        row.next_due_at, row.waiting = None, 0
    elif not same or row.next_due_at is None:
        _begin(row, now)
    elif row.held_until is not None:
        row.next_due_at = nearest(replace(plan_of(row), held_until=None), now)
    row.held_until = None


def _begin(row: Schedule, now: datetime) -> None:
    """Intervals are counted from the next whole minute, for ticks come at its beginning. That
    moment is a slot as well, and is taken as started.
    """
    row.anchor_at, row.waiting = _whole_minute(now), 0
    if row.kind == EVERY:
        row.last_slot_at = row.anchor_at
    row.next_due_at = nearest(plan_of(row), now)


def _forgive(row: Schedule, now: datetime) -> None:
    row.failures, row.forgiven_at, row.judged_run = 0, now, None
    if row.retry_at is not None:
        row.retry_at = row.retry_of = None


def _fresh(timing: Timing, now: datetime) -> Plan:
    row = Schedule(source="", waiting=0, updated_at=now, **columns_of(timing))
    _begin(row, now)
    return plan_of(row)


def _whole_minute(now: datetime) -> datetime:
    return now if now == _floor(now) else _floor(now) + MINUTE


def _floor(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0)


def _told(before: _Before, after: _Before) -> tuple[str, str]:
    """From what to what; while a schedule stays off, also what it would do."""
    if before.enabled or after.enabled:
        return (_words(before), _words(after))
    return (f"off, {told(before.timing)}", f"off, {told(after.timing)}")


def _words(of: _Before) -> str:
    return told(of.timing) if of.enabled else "off"


def _refuse_stale(row: Schedule, expected: datetime | None) -> None:
    if expected is not None and expected != row.updated_at:
        raise TimingRefused(
            STALE,
            f"{row.updated_by} saved this schedule after you opened it.",
            hint="Nothing was changed. Look at it again, then save.",
        )
