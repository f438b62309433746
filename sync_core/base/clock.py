"""The one clock. UTC inside; what a person reads is made at the edge, in `jalali`."""

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

TEHRAN = ZoneInfo("Asia/Tehran")


def utc_now() -> datetime:
    return datetime.now(UTC)


def tehran_today() -> date:
    return datetime.now(TEHRAN).date()


def monotonic_s() -> float:
    """Seconds of a clock that nobody can set; only differences mean something.

    All processes of one boot of a machine share it.
    """
    return time.monotonic()


@dataclass(frozen=True, slots=True)
class SteadyClock:
    """The time as it goes on from `at`, whatever is done to the wall clock from then on.

    `reading_s` is what `monotonic_s` showed at that moment.
    """

    at: datetime
    reading_s: float

    def now(self) -> datetime:
        return self.at + timedelta(seconds=monotonic_s() - self.reading_s)
