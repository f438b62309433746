"""Looks at everything that a run needs, in the order in which to mend it. It changes nothing."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sync_core.access.permissions import RUN, Actor, require
from sync_core.base.clock import TEHRAN, monotonic_s, utc_now
from sync_core.base.errors import SyncError
from sync_core.base.settings import Settings
from sync_core.engine.source import load_sources
from sync_core.ops.finding import FAILED, OK, WARNING, Finding, failed
from sync_core.ops.stored import with_stored
from sync_core.store import health, schedules
from sync_core.store.engines import Database, Databases
from sync_core.store.lost import refuse_lost
from sync_core.store.versions import CONTROL, DATA, head, version

GIB = 1024**3
LITTLE_DISK, NO_DISK = 2 * GIB, GIB // 4
TICK_IS_LATE = timedelta(minutes=5)
WRITTEN_IN = 2026
"""No clock that is right shows an earlier year."""


def examine(settings: Settings, databases: Databases, actor: Actor) -> Iterator[Finding]:
    """Findings as they are made: the gateway's steps can take seconds each."""
    require(actor, RUN)
    yield _sources(settings)
    yield from _gateway(settings, databases)
    for plane in (CONTROL, DATA):
        yield from _database(f"{plane} database", plane, databases)
    yield _library()
    yield from _disks(settings, databases)
    yield _logs(settings)
    yield _clock(utc_now())
    yield _guarded("scheduler", lambda: _scheduler(databases, utc_now()))


def _guarded(name: str, look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except SyncError as error:
        return failed(name, error)


def _sources(settings: Settings) -> Finding:
    return _guarded(
        "sources", lambda: Finding("sources", OK, ", ".join(load_sources(settings)) + " load")
    )


def _gateway(settings: Settings, databases: Databases) -> Iterator[Finding]:
    try:
        account = with_stored(settings, databases)
        account.require_gateway()
        source = next(iter(load_sources(settings).values()))
        for step in source.probe(account):
            state = OK if step.ok else FAILED
            name = f"gateway: {step.name}"
            yield Finding(name, state, step.detail or state, step.hint, step.duration_s)
    except SyncError as error:
        yield failed("gateway", error)


def _database(name: str, plane: str, databases: Databases) -> Iterator[Finding]:
    database = databases.control if plane == CONTROL else databases.data
    if not database.is_there:
        yield _guarded(name, lambda: _missing(name, plane, databases))
        return
    yield _guarded(f"{name}: whole", lambda: _whole(name, database))
    current = _guarded(f"{name}: version", lambda: _version(name, plane, databases))
    yield current
    if current.state == OK:
        yield _guarded(f"{name}: writable", lambda: _writable(name, plane, database))


def _missing(name: str, plane: str, databases: Databases) -> Finding:
    """Raises DatabaseError where it was there once."""
    refuse_lost(databases, plane)
    return Finding(name, FAILED, f"The {name} is not there.", "Run init.")


def _whole(name: str, database: Database) -> Finding:
    started = monotonic_s()
    whole = health.is_whole(database)
    took = monotonic_s() - started
    if whole:
        return Finding(f"{name}: whole", OK, "reads and is whole", duration_s=took)
    hint = "Stop Hamgam, keep the file, and restore a backup."
    return Finding(f"{name}: whole", FAILED, "has damaged pages", hint, took)


def _version(name: str, plane: str, databases: Databases) -> Finding:
    """Raises DatabaseError for an empty one that was not empty once."""
    database = databases.control if plane == CONTROL else databases.data
    found, wanted = version(database, plane), head(plane)
    if found == wanted:
        return Finding(f"{name}: version", OK, f"version {wanted}")
    if found is None:
        refuse_lost(databases, plane)
    hint = "Run init." if found is None or found < wanted else "Install the newer Hamgam again."
    return Finding(f"{name}: version", FAILED, f"version {found}, not {wanted}", hint)


def _writable(name: str, plane: str, database: Database) -> Finding:
    health.try_to_write(database, plane)
    return Finding(f"{name}: writable", OK, "can be written")


def _library() -> Finding:
    number, safe = health.sqlite_library()
    if safe:
        return Finding("SQLite", OK, f"{number}, write-ahead log")
    detail = f"{number} can lose data in WAL mode; the slower rollback journal is used."
    return Finding("SQLite", WARNING, detail, "Install the pysqlite3 wheel of requirements.txt.")


def _disks(settings: Settings, databases: Databases) -> Iterator[Finding]:
    files = [database.file for database in (databases.control, databases.data)]
    folders = [settings.home, *(file.parent for file in files if file is not None)]
    for folder in dict.fromkeys(folder.resolve() for folder in folders):
        yield _disk(folder)


def _disk(folder: Path) -> Finding:
    name = f"disk of {folder}"
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return Finding(name, FAILED, "The folder is not there.", "Run init.")
    state = FAILED if free < NO_DISK else WARNING if free < LITTLE_DISK else OK
    hint = "" if state == OK else "Free some space before the next run."
    return Finding(name, state, f"{free / GIB:.1f} GiB free", hint)


def _logs(settings: Settings) -> Finding:
    probe = settings.log_folder / ".doctor"
    try:
        probe.write_text("", encoding="ascii")
        probe.unlink()
    except OSError:
        hint = "Check that the folder exists and its rights; init makes it."
        return Finding("logs", FAILED, f"{settings.log_folder} cannot be written.", hint)
    return Finding("logs", OK, f"{settings.log_folder} can be written")


def _clock(now: datetime) -> Finding:
    """Iran gave up daylight saving in 2022; time zone data from before still has it."""
    summer = datetime(WRITTEN_IN, 7, 1, tzinfo=UTC).astimezone(TEHRAN)
    if summer.utcoffset() != timedelta(hours=3, minutes=30):
        return Finding("clock", FAILED, "The time zone data is too old.", "Update tzdata.")
    if now.year < WRITTEN_IN:
        return Finding("clock", FAILED, f"The clock shows {now:%Y-%m-%d}.", "Set the clock (NTP).")
    return Finding("clock", OK, f"{now.astimezone(TEHRAN):%Y-%m-%d %H:%M} in Tehran")


def _scheduler(databases: Databases, now: datetime) -> Finding:
    if not databases.control.is_there:
        return Finding("scheduler", WARNING, "nothing is scheduled", "Run init.")
    with databases.control.read() as session:
        at = schedules.last_beat(session, "tick")
        wanted = any(schedule.enabled for schedule in schedules.all_schedules(session))
    detail = f"tick last ran {at:%Y-%m-%d %H:%M}Z" if at else "tick has never run"
    if wanted and (at is None or now - at > TICK_IS_LATE):
        hint = "Install the crontab block: schedule show."
        return Finding("scheduler", WARNING, detail, hint)
    return Finding("scheduler", OK, detail if wanted else f"{detail}; no source is automatic")
