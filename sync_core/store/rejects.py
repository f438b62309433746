"""Queries on `rejected_rows`: records that could not become rows."""

from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from sync_core.store.data import rejected_rows


def record(session: Session, rows: list[dict[str, Any]]) -> None:
    if rows:
        session.execute(insert(rejected_rows), rows)
