"""The rules that look at the clock: data too old, a scheduler that is silent, a disk that fills up.

Called by every tick, and by the dashboard every few seconds. Each breach is told once, whoever
sees it first; what holds again is forgotten, so that the next breach is told, too.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sync_core.alerts.kinds import DISK, LATE, SILENT, Found, RuleBook
from sync_core.alerts.outbox import put
from sync_core.base.errors import DatabaseError
from sync_core.base.settings import Settings
from sync_core.store import alerts, overview, schedules
from sync_core.store.engines import Databases, Session

TICK = "tick"
"""The heartbeat's name."""
GIB = 1024**3


@dataclass(frozen=True, slots=True)
class Look:
    """Of one promise: whether it is broken, and what to tell then."""

    subject: str
    broken: bool
    found: Found


def watch(
    settings: Settings, databases: Databases, now: datetime, watching_since: datetime | None = None
) -> None:
    """`watching_since`: since when somebody would have heard a tick. None: this is one.

    Raises DatabaseError of the control database.
    """
    with databases.control.read() as session:
        book, known = RuleBook(alerts.rules(session)), alerts.breaches(session)
        covers = alerts.covers(session)
        heard = _heard_since(session, watching_since)
    looks = [
        *late(databases, covers, book, now),
        *scheduler_silent(heard, book, now),
        *disk_low(settings, databases, book),
    ]
    changed = [look for look in looks if look.broken != ((look.found.rule, look.subject) in known)]
    if changed:
        with databases.control.write() as session:
            for look in changed:
                _change(session, look, now)


def _change(session: Session, look: Look, now: datetime) -> None:
    rule = look.found.rule
    if not look.broken:
        alerts.close_breach(session, rule, look.subject)
    elif alerts.open_breach(session, rule, look.subject, now):
        put(session, look.found, now)


def late(
    databases: Databases, covers: dict[str, datetime | None], book: RuleBook, now: datetime
) -> Iterator[Look]:
    """A source whose data are older than was promised. One that never synced promises nothing."""
    for source, covered_at in covers.items():
        hours = book.limit(LATE, source)
        at = _data_at(databases, source, covered_at) if covered_at else None
        old = at is not None and now - at > timedelta(hours=hours)
        age = round((now - at).total_seconds() / 3_600) if at else None
        found = Found(LATE, source, params={"hours": age, "promised": hours})
        yield Look(source, old and book.is_on(LATE, source), found)


def scheduler_silent(heard: datetime | None, book: RuleBook, now: datetime) -> Iterator[Look]:
    """Nothing calls `tick`, though a source is to sync by itself. A tick itself hears one."""
    limit = timedelta(minutes=book.limit(SILENT))
    silent = heard is not None and now - heard > limit
    minutes = round((now - heard).total_seconds() / 60) if heard else None
    yield Look(TICK, silent and book.is_on(SILENT), Found(SILENT, params={"minutes": minutes}))


def disk_low(settings: Settings, databases: Databases, book: RuleBook) -> Iterator[Look]:
    """Little room where a database or the logs are. A server's disk is not ours to see."""
    files = [database.file for database in (databases.control, databases.data)]
    folders = [settings.home, *(file.parent for file in files if file is not None)]
    for folder in dict.fromkeys(folder.resolve() for folder in folders):
        free = _free(folder)
        if free is not None:
            low = free / GIB < book.limit(DISK)
            told = {"folder": str(folder)[:300], "free_gib": round(free / GIB, 1)}
            yield Look(str(folder)[:500], low and book.is_on(DISK), Found(DISK, params=told))


def _free(folder: Path) -> int | None:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


def _heard_since(session: Session, watching_since: datetime | None) -> datetime | None:
    """The last sign of life that could be expected; None where none is expected."""
    automatic = alerts.automatic_since(session)
    if watching_since is None or automatic is None:
        return None
    beat = schedules.last_beat(session, TICK)
    return max(filter(None, (beat, automatic, watching_since)))


def _data_at(databases: Databases, source: str, covered_at: datetime) -> datetime:
    """As the overview tells the age: that of the oldest unit. Without the data, the last cover."""
    try:
        with databases.data.read() as session:
            return overview.plan_age(session, source).oldest_at or covered_at
    except DatabaseError:
        return covered_at
