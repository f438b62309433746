"""Reads `row_changes` of one person. It writes none."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select, table
from sqlalchemy import column as named
from sqlalchemy.orm import Session

from sync_core.store.data import row_changes, unit_state


def changes_of(
    session: Session, source: str, key: str, *, skip: int, limit: int
) -> list[tuple[int, datetime, str | None, str | None, str | None]]:
    """Run, time, column, old and new of each, the newest first."""
    changed = row_changes.c
    query = select(changed.run_id, changed.at, changed.column, changed.old, changed.new)
    page = query.where(_of(source, key)).order_by(changed.id.desc()).offset(skip).limit(limit)
    return [(run, at, name, old, new) for run, at, name, old, new in session.execute(page)]


def count_of(session: Session, source: str, key: str) -> int:
    return session.scalar(select(func.count()).where(_of(source, key))) or 0


def inserted_at(session: Session, source: str, key: str) -> datetime | None:
    """When the person's row was made; None where that is not kept any more."""
    marker = row_changes.c.column.is_(None)
    at: datetime | None = session.scalar(
        select(func.min(row_changes.c.at)).where(_of(source, key), marker)
    )
    return at


def changed_at(session: Session, source: str, key: str) -> datetime | None:
    latest = select(func.max(row_changes.c.at)).where(_of(source, key))
    at: datetime | None = session.scalar(latest)
    return at


def reported_at(session: Session, table_name: str, key_column: str, key: str) -> datetime | None:
    """When the unit that the person's row comes from last succeeded; None where it is of none."""
    unit: ColumnElement[int] = named("unit_id")
    of_person = select(unit).select_from(table(table_name)).where(named(key_column) == key)
    query = select(unit_state.c.success_at).where(unit_state.c.id == of_person.scalar_subquery())
    return session.scalar(query)


def _of(source: str, key: str) -> ColumnElement[bool]:
    return and_(row_changes.c.source == source, row_changes.c.key == key)
