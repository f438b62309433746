"""The one place that repeats a call. Nothing under or above it may retry."""

import logging
import math
import random
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

from sync_core.base.errors import GatewayError, Unreachable
from sync_core.base.settings import Settings

T = TypeVar("T")
Spread = Callable[[float, float], float]
FIRST_WAIT_S = 1.0
UNIFORM: Spread = random.SystemRandom().uniform

log = logging.getLogger(__name__)


class Retry:
    """Exponential backoff with full jitter, and one budget of waiting for all threads.

    `stop` ends every wait at once.
    """

    def __init__(
        self,
        settings: Settings,
        stop: threading.Event,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] | None = None,
        spread: Spread = UNIFORM,
    ) -> None:
        self._tries = settings.tries
        self._longest_s = settings.retry_wait_s
        self._budget_s = settings.retry_budget_s
        self._stop = stop
        self._clock = clock
        self._sleep = sleep or stop.wait
        self._spread = spread
        self._lock = threading.Lock()

    def run(self, action: Callable[[], T], *, until: float | None = None) -> T:
        """What `action` gives. Its last error is raised when tries, time or budget are used up.

        `until` is a moment of the clock after which no new try begins.
        """
        attempt = 1
        while True:
            try:
                return action()
            except GatewayError as exc:
                wait_s = self._wait_s(exc, attempt)
                if not self._worth_it(exc, attempt, wait_s, until):
                    raise
                log.warning("%s Try %d in %.1f s.", exc.message, attempt + 1, wait_s)
            self._sleep(wait_s)
            if self._stop.is_set():
                raise closed()
            attempt += 1

    def _worth_it(
        self, exc: GatewayError, attempt: int, wait_s: float, until: float | None
    ) -> bool:
        in_time = until is None or self._clock() + wait_s < until
        usable = exc.retryable and attempt < self._tries and not self._stop.is_set()
        return usable and in_time and self._take(wait_s)

    def _wait_s(self, exc: GatewayError, attempt: int) -> float:
        ceiling = min(FIRST_WAIT_S * 2 ** (attempt - 1), self._longest_s)
        asked = exc.retry_after_s or 0.0
        return min(max(asked, self._spread(0, ceiling)), self._longest_s)

    def _take(self, wait_s: float) -> bool:
        with self._lock:
            if wait_s > self._budget_s:
                return False
            self._budget_s -= wait_s
            return True


def closed() -> Unreachable:
    return Unreachable(
        "The connection to the gateway was closed on our side while a call waited.",
        hint="Start the run again.",
    )


def retry_after_s(header: str | None, now: datetime) -> float | None:
    """Seconds to wait by a Retry-After header, never negative; None where it says nothing.

    Seconds, fractions and HTTP dates are understood; the caller caps what is absurd.
    """
    if not header:
        return None
    try:
        asked = float(header)
    except ValueError:
        return _until_date(header, now)
    return None if math.isnan(asked) else max(asked, 0.0)


def _until_date(header: str, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(header)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max((moment - now).total_seconds(), 0.0)
