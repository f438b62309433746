"""The states of a run and the only ways between them: claim, begin, finish.

Each is one transaction of the control database, with the source's row and the audit entry; the
end of a run also with the alerts that tell it.
"""

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from sync_core.access import audit
from sync_core.access.permissions import NOBODY, Actor
from sync_core.alerts.endings import news_of, tell_ending
from sync_core.base import failpoint
from sync_core.base.clock import monotonic_s, utc_now
from sync_core.base.errors import Busy, DatabaseError
from sync_core.base.redact import redact
from sync_core.base.settings import Settings
from sync_core.engine.order import NOTHING, Acceptance
from sync_core.engine.outcome import LONGEST_MESSAGE
from sync_core.engine.source import Choice, Source
from sync_core.runs import process
from sync_core.runs.process import Identity
from sync_core.runs.snapshot import snapshot
from sync_core.store import ledger, runs, syncs
from sync_core.store.control import COUNTS, FAILED, PENDING, RUNNING, SUCCESS, Run
from sync_core.store.engines import Databases
from sync_core.store.ledger import UnitOutcome
from sync_core.store.syncs import SourceRow


@dataclass(frozen=True, slots=True)
class Request:
    """Who asked for a run, why, and of what."""

    by: Actor
    trigger: str
    choice: Choice
    verify: bool = False
    accepts: Acceptance = NOTHING
    reason: str = ""
    """Why the operator accepts what the guards refused."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended and what the ledger proves of it.

    `drift`: rows that a verifying run found changed behind our back; None for any other run.
    `refused_missing`: people who would have been marked missing, had the guard not refused it.
    `records`: rows without `missing_since`, where the full plan is covered now; else None.
    `covered`: whether the source may be called `success`.
    """

    status: str
    error_class: str | None
    error_message: str | None
    outcomes: list[UnitOutcome]
    missing: int = 0
    drift: int | None = None
    refused_missing: int | None = None
    records: int | None = None
    covered: bool = False
    counted: bool = False


def claim(settings: Settings, databases: Databases, source: Source, request: Request) -> Run:
    """Raises Busy where a run of the source is active: the database decides."""
    _ask_first(databases, source.name)
    now, me = utc_now(), process.identity()
    values = {
        "source": source.name,
        "status": PENDING,
        "trigger": request.trigger,
        "mode": request.choice.mode,
        "choice": _stored(request),
        "settings": snapshot(settings),
        "requested_by": request.by.name,
        "created_at": now,
        "lease_until": now + timedelta(seconds=settings.start_limit_s),
        "clock_s": monotonic_s(),
        "host": me.host,
        "boot_id": me.boot_id,
    }
    row = SourceRow(source.name, settings.gateway_url, source.endpoint)
    after = _last_in_ledger(databases)
    with databases.control.write() as session:
        syncs.ensure_sources(session, [row], now)
        run = runs.insert_run(session, values, after=after)
        if run is None:
            raise _busy(source.name, runs.active_run(session, source.name))
        syncs.mark_running(session, source.name, request.by.name, now)
        told = _told(source, request)
        audit.record(session, request.by, audit.RUN_REQUESTED, f"run {run.id}", told)
    failpoint.reach(failpoint.CLAIMED)
    return run


def _ask_first(databases: Databases, source: str) -> None:
    """Most losers learn it here, without waiting for a turn to write."""
    with databases.control.read() as session:
        active = runs.active_run(session, source)
    if active is not None:
        raise _busy(source, active)


def _last_in_ledger(databases: Databases) -> int:
    try:
        with databases.data.read() as session:
            return ledger.last_run_id(session)
    except DatabaseError:  # then nothing of this run will reach the ledger either
        return 0


def _stored(request: Request) -> dict[str, Any]:
    choice = asdict(request.choice)
    del choice["mode"]
    stored = {**choice, "verify": request.verify}
    if request.accepts != NOTHING:
        stored["accepts"] = {**asdict(request.accepts), "reason": request.reason}
    return stored


def _told(source: Source, request: Request) -> str:
    """For the audit log."""
    accepts = request.accepts
    told = f"{source.name}, {request.choice.mode}"
    if accepts == NOTHING:
        return told
    kinds = " and ".join(accepts.kinds)
    return f"{told}, accepts {kinds} of run {accepts.run_id}: {request.reason}"


def _busy(source: str, run: Run | None) -> Busy:
    if run is None:  # it ended between our insert and our look
        words = f"Another run of {source} was active."
        return Busy(words, run_id=0, source=source, hint="Try again.")
    return Busy(
        f"Run {run.id} of {source} is active, started by {run.requested_by}"
        f" at {run.created_at:%Y-%m-%d %H:%M} UTC.",
        run_id=run.id,
        source=source,
        hint=f"Wait for it, or end it with `cancel {run.id}`.",
    )


def begin(settings: Settings, databases: Databases, run_id: int, me: Identity) -> Run:
    """From pending to running, with the lease of this supervisor. Raises IllegalTransition."""
    now = utc_now()
    values = {
        "started_at": now,
        "progress_at": now,
        "lease_until": now + timedelta(seconds=settings.lease_s),
        "clock_s": monotonic_s(),
        "host": me.host,
        "boot_id": me.boot_id,
        "supervisor_pid": me.pid,
        "supervisor_started": me.started,
    }
    with databases.control.write() as session:
        runs.change_status(session, run_id, RUNNING, values)
        return runs.get_run(session, run_id)


def finish(databases: Databases, run: Run, ending: Ending) -> Run:
    """The one guarded update that ends a run. Raises IllegalTransition where it had ended."""
    begun = run.started_at or run.created_at
    now = max(utc_now(), begun)  # the wall clock may have been set back meanwhile
    duration_s = (now - begun).total_seconds()
    message = redact(ending.error_message)[:LONGEST_MESSAGE] if ending.error_message else None
    values: dict[str, Any] = {
        "finished_at": now,
        "error_class": ending.error_class,
        "error_message": message,
        "missing": ending.missing,
        "drift": ending.drift,
        "refused_missing": ending.refused_missing,
        "records": ending.records,
        "counted": ending.counted,
        "current_unit": None,
        "left_s": None,
        **totals(ending.outcomes),
    }
    green = ending.status == SUCCESS and ending.covered
    updated = values["updated"] if ending.status == SUCCESS else 0
    news = news_of(databases, run.source, run.id, updated)
    failpoint.reach(failpoint.BEFORE_FINISH)
    with databases.control.write() as session:
        runs.change_status(session, run.id, ending.status, values)
        runs.copy_outcomes(session, run.id, ending.outcomes)
        syncs.mark_finished(
            session,
            run.source,
            now=now,
            status=SUCCESS if green else FAILED,
            error_message=message or (None if green else _older_failure(ending)),
            duration_s=duration_s,
            covered_rows=ending.records if green else None,
        )
        who = Actor(run.requested_by, NOBODY)
        audit.record(session, who, audit.RUN_FINISHED, f"run {run.id}", _outcome(ending))
        ended = runs.get_run(session, run.id)
        tell_ending(session, ended, green=green, news=news, now=now)
    failpoint.reach(failpoint.AFTER_FINISH)
    return ended


def _outcome(ending: Ending) -> str:
    return f"{ending.status} {ending.error_class or ''}".rstrip()


def _older_failure(ending: Ending) -> str | None:
    if ending.status != SUCCESS:
        return None
    return "This run succeeded, but other units of the plan have not. Run mode failed or full."


def totals(outcomes: list[UnitOutcome]) -> dict[str, int]:
    """Sums over a run's units, by the columns of `sync_runs`."""
    counts = {name: sum(outcome.counts.get(name, 0) for outcome in outcomes) for name in COUNTS}
    done = sum(outcome.status == SUCCESS for outcome in outcomes)
    skipped = sum(outcome.skipped for outcome in outcomes)
    failed = len(outcomes) - done
    return {**counts, "units_done": done, "units_failed": failed, "units_skipped": skipped}
