"""Whether a tick has nothing to do, told from a glance: most of them have not.

Only what every minute needs is imported here; a whole turn takes several times as long.
"""

import platform
from datetime import datetime, timedelta

from sync_core.base.settings import Settings
from sync_core.store.glance import beat_if_quiet

TICK = "tick"
TURN = "turn"
"""The heartbeats of any tick, and of a whole turn."""
WHOLE_EVERY = timedelta(minutes=5)
"""A whole turn looks at what no row tells: data that grew old, a disk that is filling up."""


def all_quiet(settings: Settings, now: datetime, caller: str) -> bool:
    """Gives the signs of life of a tick, if it has nothing else to do."""
    return beat_if_quiet(
        settings.database_url,
        (TICK, caller),
        now=now,
        host=platform.node()[:255],
        whole=TURN,
        since=now - WHOLE_EVERY,
    )
