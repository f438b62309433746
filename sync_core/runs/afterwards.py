"""What is done when a run has ended and nobody waits for it. Whatever happens, no run fails."""

import logging

from sync_core.base.errors import SyncError
from sync_core.base.settings import Settings
from sync_core.inspect.quality_count import count_quality
from sync_core.store.engines import Databases

log = logging.getLogger(__name__)


def look_after(settings: Settings, databases: Databases) -> list[int]:
    """The runs whose data it held against the rules. What fails is tried again by whoever comes
    next: a supervisor at its end, `tick`, the dashboard's sweep."""
    try:
        return count_quality(settings, databases)
    except SyncError as exc:
        log.warning("The quality of the data was not counted and will be later: %s", exc)
        return []
