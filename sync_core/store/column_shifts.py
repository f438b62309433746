"""Which columns a run emptied or filled, by `row_changes`. It knows no field that has no column."""

from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from sync_core.store.data import row_changes


@dataclass(frozen=True, slots=True)
class Shift:
    """`emptied` of so many people had a value before and have none now; `filled`: the reverse."""

    column: str
    emptied: int
    filled: int


def column_shifts(session: Session, source: str, run_id: int) -> list[Shift]:
    """Of the data database; columns that only changed from one value to another are left out."""
    c = row_changes.c
    emptied = func.sum(case((c.new.is_(None), 1), else_=0))
    filled = func.sum(case((c.old.is_(None), 1), else_=0))
    rows = session.execute(
        select(c.column, emptied, filled)
        .where(c.run_id == run_id, c.source == source, c.column.is_not(None))
        .group_by(c.column)
        .order_by(c.column)
    )
    return [Shift(name, int(gone), int(came)) for name, gone, came in rows if gone or came]
