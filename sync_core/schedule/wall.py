"""What a clock on the wall shows: when a time of day comes on a date. Knows no schedule.

A time that the clock jumps over comes when it has jumped; one that it shows twice comes the first
time. So each comes once on each date, whatever a zone does with daylight saving.
"""

from datetime import UTC, date, datetime, time, timedelta, tzinfo

INSTANT = timedelta(microseconds=1)
"""The finest step of a `datetime`."""
DAY = timedelta(days=1)


def moment(zone: tzinfo, day: date, at: time, *, last: bool = False) -> datetime:
    """The first instant of a date at which the clock shows `at` or later; with `last`, of a time
    that comes twice, the second.
    """
    local = datetime.combine(day, at, tzinfo=zone)
    first, second = (local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    if first <= second:
        return second if last else first
    return _jump(zone, second, first)


def _jump(zone: tzinfo, before: datetime, after: datetime) -> datetime:
    """When the clock was set forward, between two instants that lie around it."""
    new = after.astimezone(zone).utcoffset()
    while after - before > INSTANT:
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == new:
            after = middle
        else:
            before = middle
    return after
