"""The quiet window: each day a time in which no run begins by itself. Knows no database."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, tzinfo

from sync_core.schedule.wall import DAY, INSTANT, moment

Window = tuple[datetime, datetime]
"""Its first instant, and the first one after it."""


@dataclass(frozen=True, slots=True)
class Quiet:
    """From one time of day to another of the same or the next date. `ends` is outside."""

    begins: time
    ends: time
    zone: tzinfo

    def covers(self, at: time) -> bool:
        """Whether a time of day lies inside on every day."""
        if self.begins < self.ends:
            return self.begins <= at < self.ends
        return at >= self.begins or at < self.ends

    def window(self, at: datetime) -> Window | None:
        """The one that an instant lies in. Two that a clock set back lets meet are one."""
        found = self._one(at)
        if found is None:
            return None
        begins, ends = found
        while before := self._one(begins - INSTANT):
            begins = before[0]
        while after := self._one(ends):
            ends = after[1]
        return begins, ends

    def out(self, at: datetime) -> datetime:
        """The instant itself, or the end of the window that it lies in."""
        found = self.window(at)
        return at if found is None else found[1]

    def next_window(self, at: datetime) -> Window:
        """The one that an instant lies in, or else the first after it."""
        found = self.window(at)
        if found is not None:
            return found
        begins = min(begins for begins, ends in self._around(at) if at < begins < ends)
        return self.window(begins) or (begins, begins)

    def _one(self, at: datetime) -> Window | None:
        return next((found for found in self._around(at) if found[0] <= at < found[1]), None)

    def _around(self, at: datetime) -> Iterator[Window]:
        """Those of yesterday, today and the days after; one may be empty where a clock jumps."""
        today = at.astimezone(self.zone).date()
        over_midnight = self.ends <= self.begins
        for days in (-1, 0, 1, 2):
            day = today + days * DAY
            until = day + DAY if over_midnight else day
            yield (
                moment(self.zone, day, self.begins),
                moment(self.zone, until, self.ends, last=True),
            )
