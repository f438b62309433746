"""Queries on the rows of a source's table, page by page. They know no column's meaning."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, column, func, select, table, true
from sqlalchemy.orm import Session

from sync_core.store.data import source_fence, unit_runs
from sync_core.store.types import UtcDateTime

MISSING = column("missing_since", UtcDateTime)

ALL, REPORTED, MISSING_ONLY = "all", "reported", "missing"


def count_people(session: Session, table_name: str) -> tuple[int, int]:
    """Rows reported now, and rows no longer reported."""
    total, missing = session.execute(
        select(func.count(), func.count(MISSING)).select_from(table(table_name))
    ).one()
    return total - missing, missing


def people_page(
    session: Session,
    table_name: str,
    key: str,
    columns: Sequence[str],
    *,
    which: str,
    skip: int,
    limit: int,
) -> list[dict[str, Any]]:
    """Rows ordered by key; `columns` and `missing_since` of each.

    The keys of the page are found first, on the key's index alone: a deep page stays quick.
    """
    key_column: ColumnElement[Any] = column(key)
    people = table(table_name)
    keys = (
        select(key_column)
        .select_from(people)
        .where(_which(which))
        .order_by(key_column)
        .offset(skip)
        .limit(limit)
        .subquery()
    )
    shown: list[ColumnElement[Any]] = [*(column(name) for name in columns), MISSING]
    rows = session.execute(
        select(*shown).select_from(people).where(key_column.in_(select(keys))).order_by(key_column)
    )
    return [dict(row._mapping) for row in rows]


def people_mark(session: Session, source: str) -> tuple[object, ...]:
    """Changes whenever a run takes the source or commits a unit of it; a key for caches."""
    fence = session.execute(
        select(source_fence.c.run_id, source_fence.c.epoch).where(source_fence.c.source == source)
    ).one_or_none()
    if fence is None:
        return ()
    done = session.scalar(select(func.count()).where(unit_runs.c.run_id == fence.run_id))
    return (fence.run_id, fence.epoch, done)


def _which(which: str) -> ColumnElement[bool]:
    if which == REPORTED:
        return MISSING.is_(None)
    return MISSING.is_not(None) if which == MISSING_ONLY else true()
