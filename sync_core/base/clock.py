"""The one clock. UTC inside; what a person reads is made at the edge, in `jalali`."""

import time
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

TEHRAN = ZoneInfo("Asia/Tehran")


def utc_now() -> datetime:
    return datetime.now(UTC)


def tehran_today() -> date:
    return datetime.now(TEHRAN).date()


def monotonic_s() -> float:
    """Seconds of a clock that nobody can set; only differences mean something."""
    return time.monotonic()
