"""Queries on `rejected_rows`: records that could not become rows."""

from collections.abc import Iterable
from itertools import islice
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from sync_core.store.data import rejected_rows

AT_ONCE = 500


def record(session: Session, rows: Iterable[dict[str, Any]]) -> None:
    left = iter(rows)
    while some := list(islice(left, AT_ONCE)):
        session.execute(insert(rejected_rows), some)


def count_of_run(session: Session, source: str, run_id: int) -> int:
    query = select(func.count()).where(
        rejected_rows.c.run_id == run_id, rejected_rows.c.source == source
    )
    return session.scalar(query) or 0


def of_run(
    session: Session, source: str, run_id: int, *, skip: int, limit: int
) -> list[tuple[Any, ...]]:
    """As the gateway sent them: `unit`, `position`, `reason`, `record`; the newest term first."""
    columns = rejected_rows.c
    found = session.execute(
        select(columns.unit, columns.position, columns.reason, columns.record)
        .where(columns.run_id == run_id, columns.source == source)
        .order_by(columns.unit.desc(), columns.position, columns.id)
        .offset(skip)
        .limit(limit)
    )
    return [tuple(row) for row in found]
