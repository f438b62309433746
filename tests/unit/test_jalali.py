"""Times as people read them. The language is the test's own, not the developer's."""

from datetime import UTC, date, datetime, timedelta

import pytest

from sync_core.base import jalali

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture(params=["fa"])
def lang(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("HAMGAM_LANG", request.param)
    return request.param


@pytest.mark.parametrize(
    ("day", "shown"),
    [
        (date(2026, 11, 23), "1405/09/02"),
        (date(2025, 3, 20), "1403/12/30"),  # the last day of a leap year
        (date(2025, 3, 21), "1404/01/01"),
        (date(2021, 3, 20), "1399/12/30"),
        (date(2026, 9, 23), "1405/07/01"),
    ],
)
def test_it_gives_the_jalali_date_with_ascii_digits(day: date, shown: str) -> None:
    assert jalali.jalali_date(day) == shown


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        (datetime(2026, 11, 23, 9, 0, tzinfo=UTC), "1405/09/02 12:30"),
        (datetime(2026, 11, 23, 20, 30, tzinfo=UTC), "1405/09/03 00:00"),
        (datetime(2026, 11, 23, 20, 29, tzinfo=UTC), "1405/09/02 23:59"),
        # Before 1401 Tehran had summer time: half an hour past four hours ahead.
        (datetime(2021, 7, 1, 0, 0, tzinfo=UTC), "1400/04/10 04:30"),
    ],
)
def test_it_shows_tehran_time_when_given_utc(at: datetime, shown: str) -> None:
    assert jalali.jalali_time(at) == shown


@pytest.mark.parametrize("lang", ["fa"], indirect=True)
def test_it_says_the_whole_moment_in_persian(lang: str) -> None:
    assert jalali.full_time(NOW) == "دوشنبه 2 آذر 1405، ساعت 12:30:00"


@pytest.mark.parametrize(
    ("lang", "ago", "shown"),
    [
        ("en", timedelta(seconds=59), "just now"),
        ("en", timedelta(seconds=-30), "just now"),
        ("en", timedelta(seconds=60), "1 minute ago"),
        ("en", timedelta(minutes=59, seconds=59), "59 minutes ago"),
        ("en", timedelta(hours=1), "1 hour ago"),
        ("en", timedelta(hours=47, minutes=59), "47 hours ago"),
        ("en", timedelta(hours=48), "2 days ago"),
        ("fa", timedelta(hours=2), "2 ساعت پیش"),
        ("fa", timedelta(days=9), "9 روز پیش"),
    ],
    indirect=["lang"],
)
def test_it_gives_an_age_in_the_largest_telling_unit(lang: str, ago: timedelta, shown: str) -> None:
    assert jalali.age(NOW - ago, NOW) == shown


@pytest.mark.parametrize(
    ("lang", "ahead", "shown"),
    [
        ("en", timedelta(seconds=20), "in less than a minute"),
        ("en", timedelta(minutes=1), "in 1 minute"),
        ("en", timedelta(days=3), "in 3 days"),
        ("fa", timedelta(hours=4), "4 ساعت دیگر"),
    ],
    indirect=["lang"],
)
def test_it_says_how_long_until(lang: str, ahead: timedelta, shown: str) -> None:
    assert jalali.until(NOW + ahead, NOW) == shown


@pytest.mark.parametrize(
    ("lang", "seconds", "shown"),
    [
        ("en", 0.3, "less than a second"),
        ("en", 1, "1 second"),
        ("en", 59.6, "1 minute"),
        ("en", 252, "4 minutes and 12 seconds"),
        ("en", 3_600, "1 hour"),
        ("en", 7_384, "2 hours and 3 minutes"),
        ("fa", 252, "4 دقیقه و 12 ثانیه"),
    ],
    indirect=["lang"],
)
def test_it_gives_a_duration_in_at_most_two_units(lang: str, seconds: float, shown: str) -> None:
    assert jalali.duration(seconds) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"), [(9, "0:09"), (252, "4:12"), (3_852, "1:04:12"), (59.7, "1:00")]
)
def test_it_gives_a_duration_in_figures(seconds: float, shown: str) -> None:
    assert jalali.clock(seconds) == shown
