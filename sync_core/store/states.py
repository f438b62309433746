"""Queries for the command `status`: each source as `data_syncs` has it, with its active run."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from sync_core.store.control import DataSync
from sync_core.store.runs import active_runs

FIELDS = (
    "status",
    "records_synced",
    "last_sync_at",
    "next_sync_at",
    "auto_sync_enabled",
    "sync_interval_value",
    "sync_interval_unit",
    "sync_duration_seconds",
    "error_message",
    "last_synced_by",
    "updated_at",
)


def source_states(session: Session) -> list[dict[str, Any]]:
    """A dict a source in the order they were made; `run_id` is its active run or None."""
    active = {run.source: run.id for run in active_runs(session)}
    return [
        {
            "source": row.data_source,
            "run_id": active.get(row.data_source),
            **{name: getattr(row, name) for name in FIELDS},
        }
        for row in session.scalars(select(DataSync).order_by(DataSync.id))
    ]
