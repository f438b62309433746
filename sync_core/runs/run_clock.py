"""What time it is for a run: on the host where it runs, no jump of the wall clock counts."""

from datetime import datetime

from sync_core.base.clock import SteadyClock, utc_now
from sync_core.runs import process
from sync_core.store.control import Run


def now_of(run: Run) -> datetime:
    """For its lease and its limits. Seen from another host it is the wall clock's time."""
    if run.clock_s is None or not process.is_this_boot(run.host, run.boot_id):
        return utc_now()
    return SteadyClock(run.started_at or run.created_at, run.clock_s).now()
