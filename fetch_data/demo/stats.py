"""Counts of what the demo gateway was asked; keeps no payload and no token."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any


class Stats:
    def __init__(self) -> None:
        self._lock = Lock()
        self._now = 0
        self.reset()

    def reset(self) -> None:
        """The counts begin again; calls that are being answered stay in flight."""
        with self._lock:
            self._calls: Counter[str] = Counter()
            self._units: Counter[str] = Counter()
            self._logins: Counter[bool] = Counter()
            self._most = self._now
            self._first: float | None = None
            self._last: float | None = None
            self._sent = 0

    @contextmanager
    def in_flight(self, path: str) -> Iterator[None]:
        with self._lock:
            self._calls[path] += 1
            self._last = time.time()
            self._first = self._first or self._last
            self._now += 1
            self._most = max(self._most, self._now)
        try:
            yield
        finally:
            with self._lock:
                self._now -= 1

    def unit(self, name: str) -> None:
        with self._lock:
            self._units[name] += 1

    def login(self, *, accepted: bool) -> None:
        with self._lock:
            self._logins[accepted] += 1

    def sent(self, length: int) -> None:
        with self._lock:
            self._sent += length

    def read(self) -> dict[str, Any]:
        """`calls`: path → number; `units`: "term/campus" → number of its calls that were right;
        the times are seconds since 1970 at which calls came; `sent_bytes` counts their bodies."""
        with self._lock:
            return {
                "calls": dict(self._calls),
                "units": dict(self._units),
                "logins": self._logins[True],
                "refused_logins": self._logins[False],
                "max_in_flight": self._most,
                "first_call_at": self._first,
                "last_call_at": self._last,
                "sent_bytes": self._sent,
            }
