"""What a schedule does at a moment, and next. Pure: `tick` and the preview ask the same function.

A slot inside the quiet window is moved to its end; several of them become one there.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice

from sync_core.schedule.quiet import Quiet
from sync_core.schedule.recurrence import Every, OnDays
from sync_core.schedule.wall import INSTANT

LONGEST_HOLD = timedelta(days=1)
"""A source that keeps failing is tried at least so often, if its slots allow."""
GRACE = timedelta(minutes=10)
"""A slot later than this was missed; those who call `tick` come every minute."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A schedule that is switched on, and how far it has come; see `store.control.Schedule`."""

    slots: Every | OnDays
    quiet: Quiet | None = None
    catches_up: bool = True
    due_at: datetime | None = None
    slot_at: datetime | None = None
    held_until: datetime | None = None
    retry_at: datetime | None = None
    waiting: int = 0

    def following(self, at: datetime) -> datetime:
        """The first slot after an instant."""
        found = self.quiet.window(at) if self.quiet else None
        return self._out(self.slots.after(found[0] - INSTANT if found else at))

    def latest(self, at: datetime) -> datetime:
        """The last slot at or before an instant."""
        found = self.quiet.window(at) if self.quiet else None
        return self._out(self.slots.before(found[0] - INSTANT if found else at))

    def count(self, after: datetime, until: datetime) -> int:
        """How many slots come after one instant and not after another."""
        if self.quiet is None:
            return self.slots.count(after, until)
        found = 0
        while after < until:
            begins, ends = self.quiet.next_window(after)
            last = min(until, begins - INSTANT)
            found += self.slots.count(after, last) if after < last else 0
            if ends <= until:
                found += self.slots.count(begins - INSTANT, ends) > 0
            after = ends
        return found

    def is_quiet(self, at: datetime) -> bool:
        return self.quiet is not None and self.quiet.window(at) is not None

    def is_held(self, at: datetime) -> bool:
        """A hold further away than the longest comes from a clock that was set back."""
        return self.held_until is not None and at < self.held_until <= at + LONGEST_HOLD

    def _out(self, at: datetime) -> datetime:
        return self.quiet.out(at) if self.quiet else at


@dataclass(frozen=True, slots=True)
class Step:
    """Where a schedule moves to. `slot`: the one that is started now; `missed`: older ones that
    this start stands for, or, where none is, that nobody makes up for.
    """

    due_at: datetime
    slot: datetime | None = None
    missed: int = 0
    waiting: int = 0

    @property
    def fires(self) -> bool:
        return self.slot is not None


@dataclass(frozen=True, slots=True)
class Coming:
    """A run to come; `retry`: of the failed one."""

    at: datetime
    retry: bool = False
    missed: int = 0


def step(plan: Plan, now: datetime) -> Step | None:
    """What a tick at `now` does with the schedule; None where it waits.

    A slot further away than the next one comes from a clock that was set back, or from another
    host's: it is moved nearer. One that was started does not start again, whatever the clock shows.
    """
    if plan.due_at is None or plan.due_at > now:
        nearer = nearest(plan, now)
        waits = plan.due_at is not None and plan.due_at <= nearer
        return None if waits else Step(nearer, waiting=plan.waiting)
    slot = max(plan.due_at, plan.latest(now))
    missed = plan.waiting + plan.count(plan.due_at, now)
    if slot == plan.slot_at:
        return Step(plan.following(now))
    if plan.is_quiet(now) and plan.catches_up:
        return _put_off(plan, missed, now)
    if plan.is_quiet(now) or not (plan.catches_up or now - slot <= GRACE):
        return Step(plan.following(now), missed=missed + 1)
    return Step(plan.following(now), slot, missed)


def nearest(plan: Plan, now: datetime) -> datetime:
    """The next slot to start: none that was started before, none before a hold is over."""
    held_until = plan.held_until if plan.is_held(now) else None
    slot = plan.following(held_until - INSTANT if held_until else now)
    return plan.following(slot) if slot == plan.slot_at else slot


def upcoming(plan: Plan, now: datetime, n: int = 5) -> list[Coming]:
    """The next runs, if each of them succeeds and ends before the next: those that ticks start."""
    return list(islice(_coming(plan, now), n))


def advanced(plan: Plan, to: Step) -> Plan:
    """As the plan stands after a step. A run of a slot makes a waiting retry superfluous."""
    if not to.fires:
        return replace(plan, due_at=to.due_at, waiting=to.waiting)
    return replace(plan, due_at=to.due_at, slot_at=to.slot, waiting=0, retry_at=None)


def retries_now(plan: Plan, now: datetime) -> bool:
    return plan.retry_at is not None and plan.retry_at <= now and not plan.is_quiet(now)


def _coming(plan: Plan, now: datetime) -> Iterator[Coming]:
    while True:
        moved = step(plan, now)
        if moved is not None:
            plan = advanced(plan, moved)
            if moved.fires:
                yield Coming(now, missed=moved.missed)
        if retries_now(plan, now):
            plan = replace(plan, retry_at=None)
            yield Coming(now, retry=True)
        now = _next_look(plan, now)


def _next_look(plan: Plan, now: datetime) -> datetime:
    due_at = plan.due_at or now
    if plan.retry_at is None:
        return due_at
    retry_at = max(plan.retry_at, now)
    return min(due_at, plan.quiet.out(retry_at) if plan.quiet else retry_at)


def _put_off(plan: Plan, missed: int, now: datetime) -> Step:
    """To the end of the quiet window, whether or not that is a slot of its own."""
    ends = plan.quiet.out(now) if plan.quiet else now
    own = plan.following(now) == ends
    return Step(ends, waiting=missed + 1 if own else missed)
