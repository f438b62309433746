"""Sees to alerts at every tick and sweep: asks the clock's rules, and has sent what is due.

What is due is sent by a process of its own, which nobody waits for: a channel that does not answer
delays no run and no tick. Nothing here raises: alerts must not keep anybody from work.
"""

import logging
import os
import sys
from datetime import datetime

from sync_core.alerts.claims import claim
from sync_core.alerts.watch import watch
from sync_core.base.errors import SyncError
from sync_core.base.paths import PACKAGE_ROOT
from sync_core.base.settings import Settings
from sync_core.runs import process
from sync_core.store.engines import Databases

log = logging.getLogger("hamgam.alerts")


def look_and_send(
    settings: Settings, databases: Databases, now: datetime, watching_since: datetime | None = None
) -> bool:
    """Whether a sender was started. `watching_since`: see `alerts.watch`."""
    try:
        watch(settings, databases, now, watching_since)
        name = claim(databases, now)
        if name is not None:
            _start_sender(name)
    except (SyncError, OSError) as exc:  # what was claimed is tried again when its time is over
        log.warning("Alerts could not be seen to, and are tried again: %s", exc)
        return False
    return name is not None


def _start_sender(claimed: str) -> None:
    """What it says is kept with its deliveries; it has nothing to say to anybody else."""
    command = [sys.executable, "-m", "sync_core", "alerts", "send", "--claim", claimed]
    with open(os.devnull, "wb") as nowhere:
        process.spawn_detached(command, PACKAGE_ROOT, nowhere)
