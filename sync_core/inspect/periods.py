"""Stretches of days as people in Tehran name them: today, this month, this year."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import jdatetime

from sync_core.base.clock import TEHRAN
from sync_core.base.jalali import month_start

TODAY, WEEK, MONTH_LONG, MONTH, YEAR = "today", "7", "30", "month", "year"
NAMES = (TODAY, WEEK, MONTH_LONG, MONTH, YEAR)
OWN, EVER = "own", "all"
DEFAULT = MONTH_LONG
DAYS = {TODAY: 1, WEEK: 7, MONTH_LONG: 30}


@dataclass(frozen=True, slots=True)
class Period:
    """Days in Tehran, Gregorian, both included; None: without that end."""

    first: date | None = None
    last: date | None = None

    @property
    def since(self) -> datetime | None:
        return _midnight(self.first) if self.first else None

    @property
    def until(self) -> datetime | None:
        """The first moment that is no longer in it."""
        return _midnight(self.last + timedelta(days=1)) if self.last else None


def named(name: str, today: date) -> Period:
    """One of NAMES. The month and the year are Jalali and begin on their first day."""
    if name in DAYS:
        return Period(today - timedelta(days=DAYS[name] - 1), today)
    if name == MONTH:
        return Period(month_start(today), today)
    year = jdatetime.date.fromgregorian(date=today).year
    return Period(jdatetime.date(year, 1, 1).togregorian(), today)


def from_address(values: Mapping[str, str], today: date) -> Period:
    """`period`, and for OWN `from` and `to`; what is unknown is as if it were not there."""
    name = values.get("period", DEFAULT)
    if name == OWN:
        last = _day(values.get("to", "")) or today
        first = _day(values.get("from", "")) or named(DEFAULT, today).first or today
        return Period(min(first, last), last)
    if name == EVER:
        return Period()
    return named(name if name in NAMES else DEFAULT, today)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, TEHRAN).astimezone(UTC)
