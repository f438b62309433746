"""Stretches of days by the Jalali calendar."""

from datetime import date, timedelta

import pytest

from sync_core.base.jalali import jalali_month, month_end
from sync_core.inspect.periods import MONTH, named

FIRST = date(2024, 1, 1)
DAYS = [FIRST + timedelta(days=back) for back in range(5 * 366)]
"""With a leap year of either calendar."""


def test_a_month_ends_before_the_next_begins() -> None:
    for day in DAYS:
        end = month_end(day)
        assert jalali_month(end) == jalali_month(day)
        assert jalali_month(end + timedelta(days=1)) != jalali_month(day)


def test_its_end_lies_in_a_gregorian_month_that_begins_within_it() -> None:
    """What the calendar of the range needs, to show the present month as a Jalali one."""
    for day in DAYS:
        first = named(MONTH, day).first
        assert first is not None
        assert month_end(day).replace(day=1) > first


@pytest.mark.parametrize(
    ("day", "end"),
    [
        (date(2026, 11, 22), date(2026, 12, 21)),
        (date(2025, 3, 1), date(2025, 3, 20)),
        (date(2026, 3, 1), date(2026, 3, 20)),
    ],
)
def test_it_knows_the_last_days_of_azar_and_of_esfand(day: date, end: date) -> None:
    assert month_end(day) == end
