"""Queries on `data_syncs`: what is true of a source, as the old panel's table had it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from sync_core.store.control import DataSync, Schedule


@dataclass(frozen=True, slots=True)
class SourceRow:
    """What `data_syncs` mirrors of a source and its settings."""

    name: str
    base_url: str
    endpoint: str


def ensure_sources(session: Session, sources: Iterable[SourceRow], now: datetime) -> None:
    """A row of `data_syncs` and of `schedules` for each source; the mirrored address refreshed."""
    known = {row.data_source: row for row in session.scalars(select(DataSync))}
    for source in sources:
        row = known.get(source.name)
        if row is None:
            row = DataSync(data_source=source.name, created_at=now, updated_at=now)
            session.add(row)
            session.add(Schedule(source=source.name, updated_at=now, updated_by="init"))
        row.api_base_url, row.api_endpoint = source.base_url, source.endpoint


def find_sync(session: Session, source: str) -> DataSync | None:
    return session.scalar(select(DataSync).where(DataSync.data_source == source))


def mark_running(session: Session, source: str, by: str, now: datetime) -> None:
    session.execute(
        update(DataSync)
        .where(DataSync.data_source == source)
        .values(status="running", last_synced_by=by, updated_at=now)
    )


def mark_finished(
    session: Session,
    source: str,
    *,
    now: datetime,
    status: str,
    error_message: str | None,
    duration_s: float,
    covered_rows: int | None,
) -> None:
    """`covered_rows`: rows that a full cover confirmed, or None where this run covered less."""
    values: dict[str, object] = {
        "status": status,
        "error_message": error_message,
        "sync_duration_seconds": duration_s,
        "updated_at": now,
    }
    if covered_rows is not None:
        values |= {"last_sync_at": now, "records_synced": covered_rows}
    session.execute(update(DataSync).where(DataSync.data_source == source).values(values))
