"""Records of one run that could not become rows, and why; masked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sync_core.access.permissions import SEE, Actor, require
from sync_core.engine.source import Source
from sync_core.inspect.masking import Mask, mask_text
from sync_core.store import rejects as store
from sync_core.store.engines import Databases

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Reject:
    """`position`: its place in the unit, 0 first. `record`: field → what may be seen of it."""

    unit: str
    position: int
    reason: str
    record: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RejectsPage:
    rows: tuple[Reject, ...]
    total: int


def rejects_of_run(
    databases: Databases, actor: Actor, source: Source, run_id: int, page: int
) -> RejectsPage:
    """In the order in which the gateway sent them, unit by unit; pages count from 1."""
    require(actor, SEE)
    skip = (page - 1) * PER_PAGE
    with databases.data.read() as session:
        total = store.count_of_run(session, source.name, run_id)
        found = store.of_run(session, source.name, run_id, skip=skip, limit=PER_PAGE)
    mask = Mask.of(source)
    return RejectsPage(tuple(_reject(mask, *row) for row in found), total)


def _reject(mask: Mask, unit: str, position: int, reason: str, record: Any) -> Reject:
    return Reject(unit, position, mask_text(reason), mask.record(record))
