"""Starts the deletion of what is old, once a day, in a process of its own. It deletes nothing.

The dashboard's sweep and `tick` both call it: whoever comes first after a day has gone by does it.
"""

import platform
import sys
from datetime import datetime, timedelta

from sync_core.base.clock import utc_now
from sync_core.base.paths import PACKAGE_ROOT
from sync_core.base.settings import Settings
from sync_core.runs import process
from sync_core.store import retention, schedules
from sync_core.store.engines import Databases

PRUNE = "prune"
EVERY = timedelta(days=1)


def prune_daily(settings: Settings, databases: Databases, now: datetime | None = None) -> bool:
    """Whether it was started now. In a new installation nothing is old: it begins a day later."""
    now = now or utc_now()
    with databases.control.read() as session:
        last = schedules.last_beat(session, PRUNE)
    if last is not None and timedelta() <= now - last < EVERY:
        return False
    with databases.control.write() as session:
        host = platform.node()[:255]
        ours = retention.claim_beat(session, PRUNE, seen=last, at=now, host=host)
    if ours and last is not None:
        _start(settings)
    return ours and last is not None


def _start(settings: Settings) -> None:
    settings.log_folder.mkdir(parents=True, exist_ok=True)
    with (settings.log_folder / "prune.log").open("ab") as output:
        process.spawn_detached(
            [sys.executable, "-m", "sync_core", "prune", "--json"], PACKAGE_ROOT, output
        )
