"""Bounds what is fetched and not merged yet. The unit whose turn it is never waits for room."""

from threading import Condition

from sync_core.base.errors import SyncError

HELD_BYTES = 64 * 1024 * 1024


class Shelf:
    """Places are numbered in the order in which their units are merged."""

    def __init__(self, limit_bytes: int = HELD_BYTES) -> None:
        self._limit = limit_bytes
        self._held = 0
        self._turn = 0
        self._closed = False
        self._changed = Condition()

    def wait_for_room(self, place: int) -> None:
        """Raises SyncError where nobody will take anything more."""
        with self._changed:
            self._changed.wait_for(lambda: self._has_room(place))
            if self._closed:
                raise SyncError("The run ended before the unit was fetched.")

    def put(self, size: int) -> None:
        with self._changed:
            self._held += size

    def take(self, size: int) -> None:
        with self._changed:
            self._held -= size
            self._changed.notify_all()

    def turn_to(self, place: int) -> None:
        """The writer waits for this place."""
        with self._changed:
            self._turn = place
            self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _has_room(self, place: int) -> bool:
        return self._closed or self._held < self._limit or place <= self._turn
