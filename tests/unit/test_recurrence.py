"""When slots are: intervals, weekdays, days of the Jalali month, zones that change their clocks."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import jdatetime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync_core.base.clock import TEHRAN
from sync_core.schedule.recurrence import (
    Every,
    OnDays,
    Recurrence,
    iranian_weekday,
    on_day_of_month,
    on_weekdays,
)
from sync_core.schedule.wall import moment

BERLIN, LORD_HOWE = ZoneInfo("Europe/Berlin"), ZoneInfo("Australia/Lord_Howe")
ZONES = (TEHRAN, BERLIN, ZoneInfo("America/St_Johns"), LORD_HOWE, ZoneInfo("Africa/Cairo"))
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
NIGHT = time(3, 30)
EVERY_DAY = on_weekdays(frozenset(range(7)))


def slots(recurrence: Recurrence, after: datetime) -> Iterator[datetime]:
    while True:
        after = recurrence.after(after)
        yield after


def dates(fits: Callable[[date], bool], after: date, count: int) -> list[date]:
    recurrence = OnDays((NIGHT,), fits, TEHRAN)
    begin = moment(TEHRAN, after, time())
    return [slot.astimezone(TEHRAN).date() for slot in islice(slots(recurrence, begin), count)]


def test_it_begins_the_week_on_saturday() -> None:
    assert [iranian_weekday(date(2026, 11, 21) + number * DAY) for number in range(8)] == [
        *range(7),
        0,
    ]
    weekend = dates(on_weekdays(frozenset({5, 6})), date(2026, 11, 21), 4)
    assert [f"{day:%a}" for day in weekend] == ["Thu", "Fri", "Thu", "Fri"]


def test_it_comes_several_times_a_day_in_order() -> None:
    recurrence = OnDays((time(8), time(14, 30), time(20)), EVERY_DAY, TEHRAN)
    shown = [
        f"{slot.astimezone(TEHRAN):%d %H:%M}"
        for slot in islice(slots(recurrence, datetime(2026, 11, 21, 10, tzinfo=UTC)), 4)
    ]
    assert shown == ["21 14:30", "21 20:00", "22 08:00", "22 14:30"]


@pytest.mark.parametrize("number", [1, 29, 30, 31])
def test_it_takes_the_last_day_of_a_jalali_month_that_is_too_short(number: int) -> None:
    """1403 is a leap year, whose Esfand has 30 days; that of 1404 has 29."""
    begin = jdatetime.date(1403, 1, 1).togregorian()
    found = [
        jdatetime.date.fromgregorian(date=day) for day in dates(on_day_of_month(number), begin, 24)
    ]
    lengths = [31] * 6 + [30] * 5 + [30] + [31] * 6 + [30] * 5 + [29]
    assert [(day.year, day.month) for day in found] == [
        (year, month) for year in (1403, 1404) for month in range(1, 13)
    ]
    assert [day.day for day in found] == [min(number, length) for length in lengths]


@pytest.mark.parametrize(
    ("day", "at", "shown"),
    [
        (date(2026, 3, 29), time(2, 30), "2026-03-29T03:00:00+02:00"),  # jumped over
        (date(2026, 10, 25), time(2, 30), "2026-10-25T02:30:00+02:00"),  # comes twice
        (date(2026, 10, 25), time(3), "2026-10-25T03:00:00+01:00"),
    ],
)
def test_it_comes_once_on_a_day_whose_clock_is_changed(day: date, at: time, shown: str) -> None:
    recurrence = OnDays((at,), EVERY_DAY, BERLIN)
    begin, end = moment(BERLIN, day, time()), moment(BERLIN, day + DAY, time())
    found = [slot for slot in islice(slots(recurrence, begin), 2) if slot < end]
    assert [slot.astimezone(BERLIN).isoformat() for slot in found] == [shown]


def test_it_lets_tehran_be_where_no_clock_is_changed_any_more() -> None:
    recurrence = OnDays((NIGHT,), EVERY_DAY, TEHRAN)
    found = list(islice(slots(recurrence, datetime(2024, 1, 1, tzinfo=UTC)), 1_000))
    assert {later - sooner for sooner, later in pairwise(found)} == {DAY}
    assert (found[0].hour, found[0].minute) == (0, 0)


TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))
MOMENTS = st.integers(0, 10 * 365 * 24 * 60).map(
    lambda minutes: datetime(2019, 1, 1, tzinfo=UTC) + minutes * MINUTE
)
RECURRENCES = st.one_of(
    st.builds(
        Every,
        st.integers(1, 60 * 24 * 40).map(lambda minutes: minutes * MINUTE),
        MOMENTS,
    ),
    st.builds(
        OnDays,
        st.sets(TIMES, min_size=1, max_size=4).map(lambda times: tuple(sorted(times))),
        st.one_of(
            st.frozensets(st.integers(0, 6), min_size=1).map(on_weekdays),
            st.integers(1, 31).map(on_day_of_month),
        ),
        st.sampled_from(ZONES),
    ),
)


@given(RECURRENCES, MOMENTS)
@settings(max_examples=300, deadline=None)
def test_it_goes_back_as_it_went_on(recurrence: Every | OnDays, at: datetime) -> None:
    after, before = recurrence.after(at), recurrence.before(at)
    assert before <= at < after
    assert recurrence.after(before) == after
    assert recurrence.before(after) == after
    assert recurrence.count(before, after) == 1


@given(st.sampled_from(ZONES), st.dates(date(2019, 1, 1), date(2030, 1, 1)), TIMES)
@settings(max_examples=300, deadline=None)
def test_it_is_the_first_instant_at_which_the_clock_shows_that_time(
    zone: ZoneInfo, day: date, at: time
) -> None:
    found = moment(zone, day, at)
    shown = found.astimezone(zone).replace(tzinfo=None)
    before = (found - timedelta(microseconds=1)).astimezone(zone).replace(tzinfo=None)
    assert before < datetime.combine(day, at) <= shown
    assert moment(zone, day, at, last=True) >= found
