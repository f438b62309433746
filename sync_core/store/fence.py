"""Queries on `source_fence`: which run may write a source's tables.

A check belongs into the transaction that writes: it holds until that one's end.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from sync_core.base.errors import LostFence
from sync_core.store.data import source_fence
from sync_core.store.touched import touched


@dataclass(frozen=True, slots=True)
class Fence:
    """The right of one run to write one source's tables."""

    source: str
    run_id: int
    epoch: int


def raise_fence(session: Session, source: str, run_id: int, now: datetime) -> Fence:
    """Shuts out whoever held the source before, and waits for the unit that they are writing.

    Raises LostFence where a newer run holds it: a process that slept does not take it back.
    """
    values = {"run_id": run_id, "raised_at": now}
    if not _raise_again(session, source, values):
        try:
            with session.begin_nested():
                session.execute(insert(source_fence).values(source=source, epoch=1, **values))
        except IntegrityError:  # it is there: another first run was faster, or a newer one holds it
            _raise_again(session, source, values)
    held = session.execute(_HELD, {"of_source": source}).one()
    if held.run_id != run_id:
        raise _lost(source, run_id)
    return Fence(source, run_id, held.epoch)


def _raise_again(session: Session, source: str, values: Mapping[str, Any]) -> bool:
    result = session.execute(
        update(source_fence)
        .where(source_fence.c.source == source, source_fence.c.run_id <= values["run_id"])
        .values(epoch=source_fence.c.epoch + 1, **values)
    )
    return touched(result) == 1


_HELD = (
    select(source_fence.c.run_id, source_fence.c.epoch)
    .where(source_fence.c.source == bindparam("of_source"))
    .with_for_update()
)
"""Locks the fence: until this transaction ends, nobody can raise it."""


def check_fence(session: Session, fence: Fence) -> None:
    """Raises LostFence unless the run still holds the source, and goes on to until the commit."""
    held = session.execute(_HELD, {"of_source": fence.source}).one_or_none()
    if held is None or tuple(held) != (fence.run_id, fence.epoch):
        raise _lost(fence.source, fence.run_id)


def _lost(source: str, run_id: int) -> LostFence:
    return LostFence(
        f"Run {run_id} no longer holds {source}.",
        hint="It was ended, or another run took over. Nothing more was written.",
    )
