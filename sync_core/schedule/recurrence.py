"""The slots of each kind of schedule, for ever: pure arithmetic. Knows no database and no clock.

A slot is an instant in UTC. The wall clock that fixed times go by is that of a zone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
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

    def fits(day: date) -> bool:
        # As long to import as all else of a tick; most schedules need no calendar.
        from sync_core.base.jalali import month_end, month_start

        return day == min(month_start(day) + (number - 1) * DAY, month_end(day))

    return fits
