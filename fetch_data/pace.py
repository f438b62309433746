"""Spaces the starts of calls, for a gateway that should not be hurried. It repeats nothing."""

import threading
import time
from collections.abc import Callable


class Pace:
    """At most `per_s` starts a second for all threads together; 0 means no limit.

    `stop` ends every wait at once.
    """

    def __init__(
        self,
        per_s: float,
        stop: threading.Event,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        self.gap_s = 1 / per_s if per_s else 0.0
        self._clock = clock
        self._sleep = sleep or stop.wait
        self._lock = threading.Lock()
        self._free_at = 0.0

    def wait(self) -> None:
        """Returns when the caller's turn has come, in the order of asking."""
        wait_s = self._take_turn() if self.gap_s else 0.0
        if wait_s > 0:
            self._sleep(wait_s)

    def _take_turn(self) -> float:
        """Seconds until the turn that the caller now has."""
        with self._lock:
            now = self._clock()
            turn = max(now, self._free_at)
            self._free_at = turn + self.gap_s
        return turn - now
