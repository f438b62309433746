"""Queries on `data_syncs`: what is true of a source, as the old panel's table had it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
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
    for source in sources:
        row = lock_source(session, source.name) or _add_source(session, source.name, now)
        row.api_base_url, row.api_endpoint = source.base_url, source.endpoint


def lock_source(session: Session, source: str) -> DataSync | None:
    """Kept for this transaction until it ends. Whoever also changes a run locks its source first:
    two that lock both in different orders would wait for each other.
    """
    query = select(DataSync).where(DataSync.data_source == source).with_for_update()
    return session.scalar(query)


def _add_source(session: Session, source: str, now: datetime) -> DataSync:
    row = DataSync(data_source=source, created_at=now, updated_at=now)
    try:
        with session.begin_nested():
            session.add_all([row, Schedule(source=source, updated_at=now, updated_by="init")])
    except IntegrityError:
        faster = lock_source(session, source)
        if faster is None:
            raise
        return faster
    return row


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
