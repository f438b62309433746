"""The slots of each kind of schedule, for ever: pure arithmetic. Knows no database and no clock.

A slot is an instant in UTC. The wall clock that fixed times go by is that of a zone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Protocol

from sync_core.schedule.wall import DAY, moment

LONGEST_MONTH = 31


class Recurrence(Protocol):
    """An endless row of slots."""

    def after(self, at: datetime) -> datetime:
        """The first slot after an instant."""
        ...

    def before(self, at: datetime) -> datetime:
        """The last slot at or before an instant."""
        ...

    def count(self, after: datetime, until: datetime) -> int:
        """How many slots come after one instant and not after another."""
        ...


@dataclass(frozen=True, slots=True)
class Every:
    """Slots at one distance from each other; the zone of a day does not change its length."""

    distance: timedelta
    anchor: datetime

    def after(self, at: datetime) -> datetime:
        return self.before(at) + self.distance

    def before(self, at: datetime) -> datetime:
        return self.anchor + (at - self.anchor) // self.distance * self.distance

    def count(self, after: datetime, until: datetime) -> int:
        return max(0, (self.before(until) - self.before(after)) // self.distance)


@dataclass(frozen=True, slots=True)
class OnDays:
    """Slots at times of day, on the dates that fit; some date of every two months does."""

    times: tuple[time, ...]
    fits: Callable[[date], bool]
    zone: tzinfo

    def after(self, at: datetime) -> datetime:
        day = at.astimezone(self.zone).date() - DAY
        while not (slots := [slot for slot in self._slots(day) if slot > at]):
            day += DAY
        return min(slots)

    def before(self, at: datetime) -> datetime:
        day = at.astimezone(self.zone).date() + DAY
        while not (slots := [slot for slot in self._slots(day) if slot <= at]):
            day -= DAY
        return max(slots)

    def count(self, after: datetime, until: datetime) -> int:
        found = 0
        while (after := self.after(after)) <= until:
            found += 1
        return found

    def _slots(self, day: date) -> list[datetime]:
        if not self.fits(day):
            return []
        return [moment(self.zone, day, at) for at in self.times]


def on_weekdays(weekdays: frozenset[int]) -> Callable[[date], bool]:
    """Days of the Iranian week: 0 is Saturday, 6 is Friday."""
    return lambda day: iranian_weekday(day) in weekdays


def iranian_weekday(day: date) -> int:
    return (day.weekday() + 2) % 7


def on_day_of_month(number: int) -> Callable[[date], bool]:
    """A day of the Jalali month; of a month that is too short for it, the last day."""
    return lambda day: day == _day_of_month(*_jalali(day)[:2], number)


@lru_cache(maxsize=512)
def _day_of_month(year: int, month: int, number: int) -> date:
    import jdatetime  # as long as all else that a tick imports; most schedules need no calendar

    first = jdatetime.JalaliToGregorian(year, month, 1).getGregorianList()
    after = (year, month + 1, 1) if month < 12 else (year + 1, 1, 1)
    next_first = jdatetime.JalaliToGregorian(*after).getGregorianList()
    length = (date(*next_first) - date(*first)).days
    return date(*first) + (min(number, length) - 1) * DAY


@lru_cache(maxsize=4_096)
def _jalali(day: date) -> tuple[int, int, int]:
    import jdatetime

    year, month, number = jdatetime.GregorianToJalali(day.year, day.month, day.day).getJalaliList()
    return year, month, number
