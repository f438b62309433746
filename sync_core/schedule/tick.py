"""One turn of the scheduler: sign of life, reap, start what is due. It waits for nothing.

Idempotent: a slot is moved on by a guarded update before its run starts, so that of two ticks at
once only one starts it. A slot is spent even when its run cannot start: the next one comes soon.
"""

import platform
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from sync_core.access.permissions import OPERATOR, Actor
from sync_core.base.clock import utc_now
from sync_core.base.errors import Busy, ConfigError, NothingToDo, SyncError
from sync_core.base.settings import Settings
from sync_core.engine.source import Choice
from sync_core.runs.reaper import reap
from sync_core.runs.start import record_refusal, start_run
from sync_core.schedule.interval import Slot, interval, next_slot
from sync_core.schedule.plans import TICK, read_schedules
from sync_core.store import schedules
from sync_core.store.control import Schedule
from sync_core.store.engines import Databases

SCHEDULER = Actor("schedule", OPERATOR)


class How(TypedDict):
    """What both ways of starting a run are told."""

    actor: Actor
    trigger: str
    choice: Choice


@dataclass(frozen=True, slots=True)
class Fired:
    """A slot that this tick claimed, and what became of it."""

    source: str
    missed: int
    run_id: int | None = None
    error: SyncError | None = None

    @property
    def busy(self) -> bool:
        return isinstance(self.error, Busy)


@dataclass(frozen=True, slots=True)
class TickResult:
    at: datetime
    reaped: list[int]
    fired: list[Fired]


def tick(settings: Settings, databases: Databases, now: datetime | None = None) -> TickResult:
    now = now or utc_now()
    with databases.control.write() as session:
        schedules.beat(session, TICK, at=now, host=platform.node()[:255])
    reaped = reap(settings, databases)
    claimed = [
        (schedule, slot)
        for schedule in read_schedules(databases)
        if (slot := _claim(databases, schedule, now)) is not None
    ]
    return TickResult(
        at=now,
        reaped=reaped,
        fired=[_fire(settings, databases, schedule, slot) for schedule, slot in claimed],
    )


def _claim(databases: Databases, schedule: Schedule, now: datetime) -> Slot | None:
    """The slot that this tick, and no other, has to start."""
    if not schedule.enabled:
        return None
    every = interval(schedule.interval_value, schedule.interval_unit)
    slot = next_slot(schedule.next_due_at, every, now, schedule.last_fired_at)
    if slot is None:
        return None
    fired_at = now if slot.fires else None
    with databases.control.write() as session:
        ours = schedules.claim_slot(
            session, schedule, next_due_at=slot.next_due_at, fired_at=fired_at
        )
    return slot if ours and slot.fires else None


def _fire(settings: Settings, databases: Databases, schedule: Schedule, slot: Slot) -> Fired:
    """Nobody watches: what keeps a run from starting is kept as a failed run, too."""
    source, choice = schedule.source, Choice(mode=schedule.mode)
    how: How = {"actor": SCHEDULER, "trigger": "schedule", "choice": choice}
    try:
        run_id = start_run(settings, databases, source, **how)
    except NothingToDo as error:
        return Fired(source, slot.missed, error=error)
    except ConfigError as error:
        with suppress(SyncError):
            record_refusal(settings, databases, source, error=error, **how)
        return Fired(source, slot.missed, error=error)
    except SyncError as error:
        return Fired(source, slot.missed, error=error)
    return Fired(source, slot.missed, run_id=run_id)
