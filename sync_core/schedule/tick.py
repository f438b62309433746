"""One turn of the scheduler: sign of life, reap, judge what ended, start what is due, alert.

It waits for nothing. Idempotent: a slot is moved on, and a retry is taken, by a guarded update
before its run starts, so that of many ticks at once only one starts it. A slot is spent even when
its run cannot start: the next one comes soon.
"""

import platform
from dataclasses import asdict, dataclass
from datetime import datetime

from sync_core.access.permissions import SCHEDULER
from sync_core.base.clock import utc_now
from sync_core.base.settings import Settings
from sync_core.runs.deliver import look_and_send
from sync_core.runs.housekeeping import prune_daily
from sync_core.runs.reaper import reap
from sync_core.schedule.callers import HAND
from sync_core.schedule.glance import TURN
from sync_core.schedule.outcome import Fired as Fired
from sync_core.schedule.outcome import TickResult as TickResult
from sync_core.schedule.plan import Step, retries_now, step
from sync_core.schedule.plans import TICK, read_schedules
from sync_core.schedule.timing import plan_of
from sync_core.schedule.verdict import verdict
from sync_core.store import schedules
from sync_core.store.control import Schedule
from sync_core.store.engines import Databases, Session


def tick(
    settings: Settings, databases: Databases, now: datetime | None = None, *, caller: str = HAND
) -> TickResult:
    """`caller`: one of `callers.CALLERS`."""
    now = now or utc_now()
    with databases.control.write() as session:
        for name in (TICK, caller, TURN):
            schedules.beat(session, name, at=now, host=platform.node()[:255])
    reaped = reap(settings, databases)
    _judge(databases, now)
    rows = read_schedules(databases, SCHEDULER)
    claimed = [(row, claim) for row in rows if (claim := _claim(databases, row, now)) is not None]
    fired = [
        _start(settings, databases, row, claim)
        for row, claim in claimed
        if claim.retry_of or claim.fires
    ]
    prune_daily(settings, databases)
    # After the starts, which must not wait for it. What has to happen between two whole turns
    # stands in `store.glance` as well.
    look_and_send(settings, databases, now)
    return TickResult(now, reaped, fired, _skipped(claimed))


@dataclass(frozen=True, slots=True)
class _Claim:
    """What this tick, and no other, has to do with a schedule."""

    fires: bool
    missed: int
    retry_of: int | None = None


def _judge(databases: Databases, now: datetime) -> None:
    """A run that ended since the last tick may hold its source back, let it go, or be retried."""
    with databases.control.read() as session:
        newest = schedules.newest_ended(session)
        account_at = schedules.account_changed_at(session)
        rows = [
            (row, schedules.ended_runs(session, row.source))
            for row in schedules.all_schedules(session)
            if row.enabled and _is_open(row, newest.get(row.source), account_at)
        ]
    for row, ended in rows:
        if not ended:
            continue
        forgiven_at = max(filter(None, (row.forgiven_at, account_at)), default=None)
        values = asdict(verdict(row, plan_of(row), ended, now, forgiven_at))
        with databases.control.write() as session:
            schedules.put_verdict(session, row, values)


def _is_open(row: Schedule, newest: int | None, account_at: datetime | None) -> bool:
    """Whether something happened since the schedule was judged."""
    changed = account_at is not None and (row.forgiven_at is None or row.forgiven_at < account_at)
    return newest != row.judged_run or (row.failures > 0 and changed)


def _claim(databases: Databases, row: Schedule, now: datetime) -> _Claim | None:
    """A slot goes before a retry: its run does all that the retry would."""
    if not row.enabled:
        return None
    plan = plan_of(row)
    to = step(plan, now)
    retries = retries_now(plan, now) and not (to and to.fires)
    if to is None and not retries:
        return None
    with databases.control.write() as session:
        if to is not None and not _move(session, row, to, now):
            return None
        ours = retries and schedules.claim_retry(session, row)
    retry_of = row.retry_of if ours else None
    return _Claim(to is not None and to.fires, to.missed if to else 0, retry_of)


def _move(session: Session, row: Schedule, to: Step, now: datetime) -> bool:
    if not to.fires:
        return schedules.claim_slot(session, row, next_due_at=to.due_at, waiting=to.waiting)
    return schedules.claim_slot(
        session, row, next_due_at=to.due_at, fired_at=now, slot_at=to.slot, missed=to.missed
    )


def _start(settings: Settings, databases: Databases, row: Schedule, claim: _Claim) -> Fired:
    # Most ticks start nothing, and what starts runs is as long to import as all else.
    from sync_core.schedule import starting

    if claim.retry_of is not None:
        return starting.start_retry(settings, databases, row, claim.retry_of)
    return starting.start_slot(settings, databases, row, claim.missed)


def _skipped(claimed: list[tuple[Schedule, _Claim]]) -> dict[str, int]:
    return {row.source: claim.missed for row, claim in claimed if claim.missed and not claim.fires}
