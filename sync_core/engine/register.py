"""Gives every known source its row in the control database. Called at `init` and at boot."""

from sync_core.base.clock import utc_now
from sync_core.base.settings import Settings
from sync_core.engine.source import Source, load_sources
from sync_core.store.engines import Databases
from sync_core.store.syncs import SourceRow, ensure_sources


def register_sources(settings: Settings, databases: Databases) -> dict[str, Source]:
    """The sources by name, as the settings name them. Raises ConfigError, DatabaseError.

    The settings with what a screen adds to them: the gateway's address is mirrored.
    """
    known = load_sources(settings)
    rows = [
        SourceRow(name, settings.gateway_url, source.endpoint) for name, source in known.items()
    ]
    with databases.control.write() as session:
        ensure_sources(session, rows, utc_now())
    return known
