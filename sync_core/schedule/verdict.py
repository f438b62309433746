"""What the end of a run means for its source's schedule: held back, let go, tried again.

Pure: `tick` reads the runs and writes the verdict.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sync_core.schedule.backoff import failures_in_a_row, held_until
from sync_core.schedule.plan import Plan, nearest
from sync_core.schedule.retry import retry_due
from sync_core.schedule.wall import INSTANT
from sync_core.store.control import Schedule
from sync_core.store.schedules import Ended


@dataclass(frozen=True, slots=True)
class Verdict:
    """By the columns of `Schedule`."""

    judged_run: int
    failures: int
    held_until: datetime | None
    next_due_at: datetime | None
    retry_at: datetime | None
    retry_of: int | None
    forgiven_at: datetime | None


def verdict(
    row: Schedule,
    plan: Plan,
    ended: Sequence[Ended],
    now: datetime,
    forgiven_at: datetime | None = None,
) -> Verdict:
    """`ended`: runs of the source, newest first, one at least; those that began before
    `forgiven_at` hold nothing back.
    """
    failures = failures_in_a_row(ended, forgiven_at)
    until = held_until(plan, failures)
    retry_at, retry_of = _retry(row, plan, ended)
    return Verdict(
        judged_run=ended[0].id,
        failures=failures,
        held_until=until,
        next_due_at=_due(plan, until, now),
        retry_at=retry_at,
        retry_of=retry_of,
        forgiven_at=forgiven_at,
    )


def _due(plan: Plan, until: datetime | None, now: datetime) -> datetime | None:
    if plan.due_at is None:
        return None
    if until is not None:
        return max(plan.due_at, plan.following(until - INSTANT))
    let_go = plan.is_held(now) and plan.due_at > now
    return nearest(replace(plan, held_until=None), now) if let_go else plan.due_at


def _retry(row: Schedule, plan: Plan, ended: Sequence[Ended]) -> tuple[datetime | None, int | None]:
    """A run that was decided about once is not decided about again."""
    newest = ended[0]
    if row.retry_of == newest.id:
        return row.retry_at, row.retry_of
    due_at = retry_due(ended, row.retries, timedelta(minutes=row.retry_wait_minutes))
    if due_at is None:
        return None, None
    return plan.quiet.out(due_at) if plan.quiet else due_at, newest.id
