"""Queries on `rejected_rows`: records that could not become rows."""

from collections.abc import Iterable
from itertools import islice
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from sync_core.store.data import rejected_rows

AT_ONCE = 500


def record(session: Session, rows: Iterable[dict[str, Any]]) -> None:
    left = iter(rows)
    while some := list(islice(left, AT_ONCE)):
        session.execute(insert(rejected_rows), some)
