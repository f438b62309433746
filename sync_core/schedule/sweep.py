"""What the dashboard does by itself, so that no cron is needed for the truth. It starts no run."""

import logging
from contextlib import suppress
from datetime import datetime

from sync_core.base.clock import utc_now
from sync_core.base.errors import SyncError
from sync_core.base.settings import Settings
from sync_core.engine.register import register_sources
from sync_core.engine.source import load_sources
from sync_core.inspect.export_folder import remove_left_behind
from sync_core.inspect.export_tokens import forget_expired
from sync_core.ops.gateway_account import with_gateway
from sync_core.ops.stored import use_look
from sync_core.runs.afterwards import look_after
from sync_core.runs.deliver import look_and_send
from sync_core.runs.housekeeping import prune_daily
from sync_core.runs.reaper import reap
from sync_core.store.engines import Databases
from sync_core.store.migrate import prepare

log = logging.getLogger("hamgam.dashboard")


def get_ready(settings: Settings, databases: Databases) -> None:
    """Before anybody is let in. Raises DatabaseError, ConfigError."""
    prepare(settings, databases)
    register_sources(with_gateway(settings, databases), databases)
    remove_left_behind(settings)
    use_look(settings, databases)


def read_ahead(settings: Settings, databases: Databases) -> None:
    """What the first look at a million rows would wait seconds for."""
    from sync_core.inspect.facets import get_ready as read  # numpy is long to import

    with suppress(SyncError):  # a page that needs it says what is wrong
        read(databases, load_sources(settings).values())


def sweep(settings: Settings, databases: Databases, begun: datetime) -> None:
    """One turn: ends dead runs, counts, forgets, prunes, and sees to alerts. `begun`: the server's
    start, before which nobody can tell whether a schedule was silent."""
    try:
        use_look(settings, databases)
        reap(settings, databases)
        look_after(settings, databases)
        forget_expired(databases)
        prune_daily(settings, databases)
    except SyncError as exc:
        log.warning("The sweep failed and is tried again: %s", exc)
    look_and_send(settings, databases, utc_now(), begun)
