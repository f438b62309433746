"""Fetches units side by side and hands them on in the plan's order, with bounded look-ahead.

The order is what makes the merge exact: a person's fate in a run is decided once, by the highest
unit that reports them. Nothing is decoded here.
"""

from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sync_core.base.clock import monotonic_s
from sync_core.base.errors import SyncError
from sync_core.base.frames import without_frames
from sync_core.engine.bounds import too_large
from sync_core.engine.events import emit
from sync_core.engine.progress import Progress
from sync_core.engine.shelf import Shelf
from sync_core.engine.source import Page, Source, Unit

LOOK_AHEAD = 4  # units fetched or waiting for the writer, for each worker
TOGETHER = 32  # units handed on at once, as long as they are small
TOGETHER_BYTES = 4 * 1024 * 1024
MOST_BYTES = 256 * 1024**2
ASIDE = -1  # a place before all others: it never waits


@dataclass(slots=True)
class Fetched:
    """A unit's pages, or why there are none. `duration_s` is without the wait for the writer."""

    unit: Unit
    pages: list[Page] = field(default_factory=list)
    error: SyncError | None = None
    duration_s: float = 0.0
    repeats: int = 0
    """Calls that were repeated."""

    @property
    def size(self) -> int:
        return sum(len(page.data) for page in self.pages)


class Fetcher:
    """Fetches over one connection, in the threads of `pool`, at most `most_bytes` of a unit."""

    def __init__(
        self,
        pool: ThreadPoolExecutor,
        source: Source,
        connection: Any,
        workers: int,
        progress: Progress,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._pool, self._source, self._connection = pool, source, connection
        self._ahead = workers * LOOK_AHEAD
        self._progress = progress
        self._most_bytes = most_bytes
        self._shelf = Shelf()

    def fetch_all(self, units: Sequence[Unit]) -> Generator[list[Fetched]]:
        """In the order of the units, those together that are ready together.

        What was yielded is let go when more is asked for.
        """
        left = enumerate(units)
        waiting: deque[Future[Fetched]] = deque()
        self._submit(waiting, left, self._ahead)
        try:
            place = 0
            while waiting:
                self._shelf.turn_to(place)
                ready = [waiting.popleft().result()]
                while waiting and waiting[0].done() and _is_small(ready):
                    ready.append(waiting.popleft().result())
                self._submit(waiting, left, len(ready))
                yield ready
                self._shelf.take(sum(fetched.size for fetched in ready))
                place += len(ready)
        finally:
            self._shelf.close()
            for future in waiting:
                future.cancel()

    def fetch_aside(self, unit: Unit) -> Fetched:
        """One unit out of turn. Its pages are not held."""
        fetched = self._fetch(ASIDE, unit)
        self._shelf.take(fetched.size)
        return fetched

    def _submit(
        self, waiting: "deque[Future[Fetched]]", left: Iterator[tuple[int, Unit]], count: int
    ) -> None:
        for place, unit in islice(left, count):
            waiting.append(self._pool.submit(self._fetch, place, unit))

    def _fetch(self, place: int, unit: Unit) -> Fetched:
        fetched, size = Fetched(unit), 0
        try:
            self._shelf.wait_for_room(place)
            emit("unit_started", unit=unit.name)
            for page in self._timed_pages(fetched):
                fetched.pages.append(page)
                fetched.repeats += page.repeats
                size += len(page.data)
                self._shelf.put(len(page.data))
                if place != ASIDE:
                    self._progress.page(unit, fetched.pages)
                if size > self._most_bytes:
                    raise too_large(self._most_bytes)
                self._shelf.wait_for_room(place)
        except SyncError as exc:
            self._shelf.take(size)
            fetched.pages, fetched.error = [], without_frames(exc)
            fetched.repeats += exc.repeats
        return fetched

    def _timed_pages(self, fetched: Fetched) -> Iterator[Page]:
        pages = self._source.fetch(self._connection, fetched.unit)
        while True:
            begun_s = monotonic_s()
            try:
                page = next(pages, None)
            finally:
                fetched.duration_s += monotonic_s() - begun_s
            if page is None:
                return
            yield page


def _is_small(group: Sequence[Fetched]) -> bool:
    return len(group) < TOGETHER and sum(fetched.size for fetched in group) < TOGETHER_BYTES
