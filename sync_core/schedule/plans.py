"""Reads and changes the schedules. A change over somebody's newer one is refused, not merged."""

from datetime import datetime

from sync_core.access import audit
from sync_core.access.permissions import CONFIGURE, Actor, require
from sync_core.base.clock import utc_now
from sync_core.base.errors import ConfigError
from sync_core.schedule.interval import interval
from sync_core.store import schedules
from sync_core.store.control import Schedule
from sync_core.store.engines import Databases

TICK = "tick"
"""The heartbeat's name."""


def read_schedules(databases: Databases) -> list[Schedule]:
    with databases.control.read() as session:
        return schedules.all_schedules(session)


def last_fired(databases: Databases) -> datetime | None:
    """When `tick` last ran, whoever called it."""
    with databases.control.read() as session:
        return schedules.last_beat(session, TICK)


def save_schedule(
    databases: Databases,
    actor: Actor,
    source: str,
    *,
    enabled: bool,
    interval_value: int,
    interval_unit: str,
    expected_updated_at: datetime | None = None,
) -> Schedule:
    """The schedule as saved. `expected_updated_at`: the version that the actor saw, if any.

    Raises Denied, and ConfigError for a wrong interval or a version that is no longer the newest.
    """
    require(actor, CONFIGURE)
    interval(interval_value, interval_unit)
    with databases.control.write() as session:
        schedule = schedules.lock_schedule(session, source, utc_now())
        _refuse_stale(schedule, expected_updated_at)
        _change(schedule, enabled, interval_value, interval_unit)
        schedule.updated_at, schedule.updated_by = utc_now(), actor.name
        session.flush()
        schedules.mirror(session, schedule)
        audit.record(session, actor.name, "schedule.saved", target=source)
    return schedule


def _change(schedule: Schedule, enabled: bool, value: int, unit: str) -> None:
    """Saving what already holds keeps the slot; anything else starts one interval from now."""
    same = (schedule.interval_value, schedule.interval_unit) == (value, unit)
    keeps_slot = schedule.enabled and same and schedule.next_due_at is not None
    schedule.enabled, schedule.interval_value, schedule.interval_unit = enabled, value, unit
    if not enabled:
        schedule.next_due_at = None
    elif not keeps_slot:
        schedule.next_due_at = utc_now() + interval(value, unit)


def _refuse_stale(schedule: Schedule, expected: datetime | None) -> None:
    if expected is not None and expected != schedule.updated_at:
        raise ConfigError(
            f"{schedule.updated_by} saved this schedule after you opened it.",
            hint="Nothing was changed. Look at it again, then save.",
        )
