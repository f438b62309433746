"""Fetches units side by side and hands them on in the plan's order, with bounded look-ahead.

The order is what makes the merge exact: a person's fate in a run is decided once, by the highest
unit that reports them.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from threading import Lock
from typing import Any, TypeVar

from sync_core.base.clock import monotonic_s
from sync_core.base.errors import BadPayload, SyncError
from sync_core.engine.events import emit
from sync_core.engine.source import Record, Source, Unit

LOOK_AHEAD = 2  # units fetched or waiting for the writer, for each worker
PROGRESS_EVERY_S = 0.25
MOST_RECORDS = 2_000_000  # of one unit: twice what a whole university has

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Fetched:
    """A unit's records, or why there are none."""

    unit: Unit
    records: list[Record]
    error: SyncError | None
    started_s: float


class Progress:
    """Says how many records have arrived, at most four times a second."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._records = 0
        self._said_s = 0.0

    def add(self, unit: Unit, records: int) -> None:
        with self._lock:
            self._records += records
            if monotonic_s() - self._said_s < PROGRESS_EVERY_S:
                return
            self._said_s = monotonic_s()
            emit("progress", unit=unit.name, records=self._records)


def fetch_units(
    pool: ThreadPoolExecutor, source: Source, connection: Any, units: Iterable[Unit], workers: int
) -> Iterator[Fetched]:
    progress = Progress()

    def fetch(unit: Unit) -> Fetched:
        return fetch_unit(source, connection, unit, progress)

    yield from in_order(pool, fetch, units, ahead=workers * LOOK_AHEAD)


def fetch_unit(source: Source, connection: Any, unit: Unit, progress: Progress) -> Fetched:
    started_s = monotonic_s()
    emit("unit_started", unit=unit.name)
    records: list[Record] = []
    try:
        for page in source.fetch(connection, unit):
            records.extend(page)
            progress.add(unit, len(page))
            if len(records) > MOST_RECORDS:
                raise BadPayload(f"Unit {unit.name} has no end: over {MOST_RECORDS:,} records.")
    except SyncError as exc:
        return Fetched(unit, [], exc, started_s)
    return Fetched(unit, records, None, started_s)


def in_order(
    pool: ThreadPoolExecutor, work: Callable[[Item], Result], items: Iterable[Item], ahead: int
) -> Iterator[Result]:
    """Results in the order of the items; at most `ahead` are under way or waiting."""
    source = iter(items)
    waiting: deque[Future[Result]] = deque(
        pool.submit(work, item) for item in islice(source, ahead)
    )
    try:
        while waiting:
            result = waiting.popleft().result()
            waiting.extend(pool.submit(work, item) for item in islice(source, 1))
            yield result
    finally:
        for future in waiting:
            future.cancel()
