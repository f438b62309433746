"""Queries on `source_fields`: which fields the records of a source had, and in which runs."""

from collections.abc import Collection

from sqlalchemy import and_, func, insert, select, update
from sqlalchemy.orm import Session

from sync_core.store.data import source_fields


def note(session: Session, source: str, run_id: int, names: Collection[str]) -> None:
    """The run has seen these."""
    c = source_fields.c
    mine = and_(c.source == source, c.field.in_(names))
    known = set(session.scalars(select(c.field).where(mine)))
    session.execute(update(source_fields).where(mine, c.last_run < run_id).values(last_run=run_id))
    fresh = [
        {"source": source, "field": name, "first_run": run_id, "last_run": run_id}
        for name in sorted(set(names) - known)
    ]
    if fresh:
        session.execute(insert(source_fields), fresh)


def appeared(session: Session, source: str) -> tuple[str, ...]:
    """Fields that the first run which saw any had not seen."""
    c = source_fields.c
    first = select(func.min(c.first_run)).where(c.source == source).scalar_subquery()
    query = select(c.field).where(c.source == source, c.first_run > first).order_by(c.field)
    return tuple(session.scalars(query))


def appeared_in(session: Session, source: str, run_id: int) -> tuple[str, ...]:
    """Fields that no run before this one had seen, where one had seen any."""
    c = source_fields.c
    first = select(func.min(c.first_run)).where(c.source == source).scalar_subquery()
    new = and_(c.source == source, c.first_run == run_id, c.first_run > first)
    return tuple(session.scalars(select(c.field).where(new).order_by(c.field)))


def gone(session: Session, source: str) -> tuple[str, ...]:
    """Fields that no record had which the newest run looked into.

    Where a field goes from all records, none of them is as it was: that run cannot miss it.
    """
    c = source_fields.c
    newest = select(func.max(c.last_run)).where(c.source == source).scalar_subquery()
    query = select(c.field).where(c.source == source, c.last_run < newest).order_by(c.field)
    return tuple(session.scalars(query))
