"""What is kept how long, and the deletion of what is older.

A few rows go at a time, so that no writer waits long; it may be stopped and called again at any
time.

The access log is never touched. Nor is what proves the last outcome: a run that the ledger speaks
of stays, and so do the latest runs of each source and every active one. An alert stays that is
still on its way to somebody.
"""

import time
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sync_core.access import audit
from sync_core.access.login import TRIES_WINDOW
from sync_core.access.permissions import CONFIGURE, Actor, require
from sync_core.access.sessions import IDLE
from sync_core.base.clock import utc_now
from sync_core.base.settings import Settings
from sync_core.ops.stored import with_stored
from sync_core.store import retention as queries
from sync_core.store.engines import Databases
from sync_core.store.retention import Table

CHANGES, REJECTS, LOGS, RUNS, ALERTS, SESSIONS, TRIES = KINDS = (
    *("changes", "rejects", "logs", "runs", "alerts", "sessions", "tries"),
)
ROWS_AT_ONCE = 2_000
RUNS_AT_ONCE = 25
"""Of a thousand units each."""
ALERTS_AT_ONCE = 100
"""For each of them all the marks of who has read what are looked through."""
PAUSE_S = 0.02
"""Between two deletions: whoever waits to write comes in."""
LATEST = 20
"""Runs of a source that stay, however old: as many as its card shows."""
CLOCK_SLACK = timedelta(days=30)
"""A clock that runs further ahead of the newest run than that is not believed."""


@dataclass(frozen=True, slots=True)
class Holding:
    """`there`: how many there are; `old`: how many of them are to go, or went.

    `days`: how long they are kept; 0: for ever; None: as long as they can be used.
    """

    kind: str
    days: int | None
    there: int
    old: int


@dataclass(frozen=True, slots=True)
class _Past:
    """Until when each kind is old; None: it is kept for ever."""

    now: datetime
    before: dict[str, datetime | None]
    kept: Set[int]
    """Runs that stay."""
    undecided: Set[int]
    """Runs whose rejects stay."""


def survey(settings: Settings, databases: Databases, actor: Actor) -> list[Holding]:
    """What there is and what would go; nothing is deleted. Raises Denied, DatabaseError."""
    require(actor, CONFIGURE)
    now = with_stored(settings, databases)
    past = _past(now, databases)
    with databases.data.read() as session:
        changes = queries.count_rows(session, queries.CHANGES, _until(past, CHANGES), ())
        rejects = queries.count_rows(
            session, queries.REJECTS, _until(past, REJECTS), past.undecided
        )
    with databases.control.read() as session:
        runs = queries.count_runs(session, _until(past, RUNS), past.kept)
        alerts = queries.count_alerts(session, _until(past, ALERTS))
        sessions = queries.count_sessions(session, past.now, past.now - IDLE)
        tries = queries.count_tries(session, past.now - TRIES_WINDOW)
    logs = len(_logs(settings)), len(_old_logs(settings, past))
    counts = (changes, rejects, logs, runs, alerts, sessions, tries)
    counted = dict(zip(KINDS, counts, strict=True))
    return [Holding(kind, _days(now, kind), *counted[kind]) for kind in KINDS]


def prune(settings: Settings, databases: Databases, actor: Actor) -> list[Holding]:
    """Deletes what is old; `old` is what went. Raises Denied, DatabaseError."""
    held = survey(settings, databases, actor)
    past = _past(with_stored(settings, databases), databases)
    work: dict[str, Callable[[], int]] = {
        CHANGES: lambda: _delete_rows(
            databases, queries.CHANGES, past.before[CHANGES], frozenset()
        ),
        REJECTS: lambda: _delete_rows(
            databases, queries.REJECTS, past.before[REJECTS], past.undecided
        ),
        LOGS: lambda: _delete_logs(settings, past),
        RUNS: lambda: _delete_runs(databases, past),
        ALERTS: lambda: _delete_alerts(databases, past),
        SESSIONS: lambda: _delete_sessions(databases, past),
        TRIES: lambda: _delete_tries(databases, past),
    }
    gone = [Holding(one.kind, one.days, one.there, work[one.kind]()) for one in held]
    told = ", ".join(f"{one.old} {one.kind}" for one in gone if one.old)
    if told:
        with databases.control.write() as session:
            audit.record(session, actor, audit.PRUNED, detail=told)
    return gone


def _past(settings: Settings, databases: Databases) -> _Past:
    with databases.data.read() as session:
        in_ledger, undecided = queries.runs_in_ledger(session), queries.undecided_runs(session)
    with databases.control.read() as session:
        kept = in_ledger | queries.latest_runs(session, LATEST)
        newest, active_at = queries.newest_run_at(session), queries.active_since(session)
    now = utc_now()
    believed = min(now, newest + CLOCK_SLACK) if newest else now
    latest = min(believed, active_at) if active_at else believed
    before = {
        kind: min(believed - timedelta(days=days), latest) if days else None
        for kind in KINDS
        if (days := _days(settings, kind)) is not None
    }
    return _Past(now, before, kept, undecided)


def _days(settings: Settings, kind: str) -> int | None:
    days: int | None = getattr(settings, f"keep_{kind}_days", None)
    return days


def _until(past: _Past, kind: str) -> datetime:
    """Nothing is older than that where it is kept for ever."""
    return past.before[kind] or datetime.min.replace(tzinfo=UTC)


def _delete_rows(
    databases: Databases, table: Table, before: datetime | None, kept: Set[int]
) -> int:
    """Up to the first stretch of the table that holds nothing old."""
    gone, after = 0, 0
    while before is not None:
        with databases.data.read() as session:
            rows = queries.next_rows(session, table, after, ROWS_AT_ONCE)
        old = [row for row in rows if row.at < before]
        if not old:
            break
        after = rows[-1].id
        ids = [row.id for row in old if row.run_id not in kept]
        if ids:
            with databases.data.write() as session:
                queries.delete_rows(session, table, ids)
            time.sleep(PAUSE_S)
        gone += len(ids)
    return gone


def _delete_runs(databases: Databases, past: _Past) -> int:
    """The data database's copy first: should we stop between the two, the next call goes on."""
    gone = 0
    for ids in _old_runs(databases, past):
        with databases.data.write() as session:
            queries.delete_outcomes(session, ids)
        with databases.control.write() as session:
            gone += queries.delete_runs(session, ids)
        time.sleep(PAUSE_S)
    return gone


def _old_runs(databases: Databases, past: _Past) -> Iterator[Sequence[int]]:
    before, after = past.before[RUNS], 0
    while before is not None:
        with databases.control.read() as session:
            runs = queries.next_runs(session, after, RUNS_AT_ONCE)
        old = [run_id for run_id, at in runs if at < before]
        if not old:
            return
        after = runs[-1][0]
        ids = [run_id for run_id in old if run_id not in past.kept]
        if ids:
            yield ids


def _delete_alerts(databases: Databases, past: _Past) -> int:
    gone, before = 0, _until(past, ALERTS)
    while True:
        with databases.control.write() as session:
            ids = queries.old_alerts(session, before, ALERTS_AT_ONCE)
            gone += queries.delete_alerts(session, ids)
        if len(ids) < ALERTS_AT_ONCE:
            return gone
        time.sleep(PAUSE_S)


def _delete_sessions(databases: Databases, past: _Past) -> int:
    with databases.control.write() as session:
        return queries.delete_sessions(session, past.now, past.now - IDLE)


def _delete_tries(databases: Databases, past: _Past) -> int:
    with databases.control.write() as session:
        return queries.delete_tries(session, past.now - TRIES_WINDOW)


def _delete_logs(settings: Settings, past: _Past) -> int:
    gone = 0
    for path in _old_logs(settings, past):
        with suppress(OSError):  # gone already, or held by somebody who reads it
            path.unlink()
            gone += 1
    return gone


def _logs(settings: Settings) -> list[Path]:
    return [path for path in settings.log_folder.glob("run-*.log") if _run_of(path) is not None]


def _old_logs(settings: Settings, past: _Past) -> list[Path]:
    """Those of runs whose log can no longer grow. What the file system does not tell is kept."""
    before = past.before[LOGS]
    return [path for path in _logs(settings) if before is not None and _is_older(path, before)]


def _is_older(path: Path, before: datetime) -> bool:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC) < before
    except OSError:
        return False


def _run_of(path: Path) -> int | None:
    number = path.stem.removeprefix("run-")
    return int(number) if number.isascii() and number.isdigit() else None
