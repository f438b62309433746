"""Writes `row_changes`: what a run changed, net. A first insert is one marker."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Insert, Integer, String, bindparam, insert, select
from sqlalchemy.orm import Session

from sync_core.store.bulk import as_list, dialect_of, listed
from sync_core.store.data import row_changes


class Cell(NamedTuple):
    """One changed cell of a person's row."""

    key: str
    column: str
    old: Any
    new: Any


def mark_new(
    session: Session, run_id: int, source: str, keys: Sequence[str], now: datetime
) -> None:
    """A marker for each person who had no row."""
    if not keys:
        return
    dialect = dialect_of(session)
    values = {"new_run": run_id, "new_source": source, "new_at": now}
    session.execute(_mark_new(dialect), {**values, "keys": as_list(dialect, keys)})


def record(
    session: Session, run_id: int, source: str, cells: Iterable[Cell], now: datetime
) -> None:
    common = {"run_id": run_id, "source": source, "at": now}
    rows = [
        {
            "key": cell.key,
            "column": cell.column,
            "old": _text(cell.old),
            "new": _text(cell.new),
            **common,
        }
        for cell in cells
    ]
    if rows:
        session.execute(insert(row_changes), rows)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


@lru_cache
def _mark_new(dialect: str) -> Insert:
    new = listed(dialect).c.value
    given = (
        bindparam("new_run", type_=Integer),
        bindparam("new_source", type_=String),
        new,
        bindparam("new_at", type_=row_changes.c.at.type),
    )
    return insert(row_changes).from_select(["run_id", "source", "key", "at"], select(*given))
