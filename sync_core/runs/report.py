"""A run as the JSON object that the command line prints. Its names are fixed."""

from datetime import datetime
from typing import Any

from sync_core.base.clock import utc_now
from sync_core.store.control import Run

_SAME = (
    "source",
    "status",
    "error_class",
    "error_message",
    "mode",
    "units_total",
    "units_done",
    "units_failed",
    "fetched",
    "inserted",
    "updated",
    "unchanged",
    "stale",
    "duplicates",
    "rejected",
    "missing",
)


def run_report(run: Run) -> dict[str, Any]:
    values = {name: getattr(run, name) for name in _SAME}
    return {"run_id": run.id, **values, "duration_s": duration_s(run)}


def duration_s(run: Run) -> float | None:
    """Seconds from its start to its end, or to now; None before it started."""
    if run.started_at is None:
        return None
    end: datetime = run.finished_at or utc_now()
    return max(0.0, round((end - run.started_at).total_seconds(), 3))
