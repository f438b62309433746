"""When alerts may go out: quiet hours, digests, floods and waits, at times of the test's own."""

from datetime import UTC, datetime, timedelta

import pytest

from sync_core.alerts.kinds import DISK, ERROR, FAILED, INFO, LATE, RECOVERED, WARNING
from sync_core.alerts.policy import (
    FLOOD,
    LONGEST_WAIT,
    Policy,
    from_text,
    messages,
    quiet_until,
    release_at,
    wait_after,
)
from sync_core.base.clock import TEHRAN
from sync_core.base.errors import ConfigError

NIGHT = Policy(quiet_from="22:00", quiet_to="06:30")
NOON = Policy(quiet_from="12:00", quiet_to="13:00")


def tehran(day: int, hour: int, minute: int = 0) -> datetime:
    """Of Azar 1405."""
    return datetime(2026, 11, day, hour, minute, tzinfo=TEHRAN).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (tehran(24, 21, 59), None),
        (tehran(24, 22, 0), tehran(25, 6, 30)),
        (tehran(25, 0, 0), tehran(25, 6, 30)),
        (tehran(25, 6, 29), tehran(25, 6, 30)),
        (tehran(25, 6, 30), None),
    ],
)
def test_it_is_quiet_from_the_first_minute_to_before_the_last(
    now: datetime, until: datetime | None
) -> None:
    assert quiet_until(NIGHT, now) == until


def test_it_is_quiet_within_a_day_and_never_without_hours() -> None:
    assert quiet_until(NOON, tehran(24, 12, 30)) == tehran(24, 13)
    assert quiet_until(NOON, tehran(24, 13)) is None
    assert quiet_until(Policy(), tehran(24, 3)) is None
    assert quiet_until(Policy(quiet_from="08:00", quiet_to="08:00"), tehran(24, 8)) is None


def test_it_lets_failures_through_quiet_hours_only_where_that_is_chosen() -> None:
    night, morning = tehran(25, 2), tehran(25, 6, 30)
    assert release_at(NIGHT, FAILED, ERROR, night) == night
    assert release_at(NIGHT, DISK, ERROR, night) == morning
    all_quiet = Policy("22:00", "06:30", failed_in_quiet=False)
    assert release_at(all_quiet, FAILED, ERROR, night) == morning


def test_it_gathers_what_is_no_error_for_the_digest() -> None:
    daily = Policy(digest_at="08:00")
    now = tehran(24, 9)
    assert release_at(daily, FAILED, ERROR, now) == now
    assert release_at(daily, LATE, WARNING, now) == tehran(25, 8)
    assert release_at(daily, RECOVERED, INFO, tehran(24, 7)) == tehran(24, 8)


def test_it_holds_a_digest_that_falls_into_quiet_hours() -> None:
    both = Policy("22:00", "09:00", digest_at="08:00")
    assert release_at(both, LATE, WARNING, tehran(24, 9)) == tehran(25, 9)


@pytest.mark.parametrize(
    ("due", "room", "made"),
    [
        ([], 10, []),
        (["a"], 10, [["a"]]),
        (["a", "b", "c"], 10, [["a"], ["b"], ["c"]]),
        (["a", "b", "c", "d"], 10, [["a", "b", "c", "d"]]),
        (["a", "b"], 1, [["a", "b"]]),
        (["a"], 0, []),
    ],
)
def test_it_makes_one_message_of_a_flood_and_none_without_room(
    due: list[str], room: int, made: list[list[str]]
) -> None:
    assert messages(due, room, dict.fromkeys(due, False)) == made
    assert FLOOD == 3


def test_it_makes_one_message_of_a_digest_beside_what_goes_alone() -> None:
    daily = {"a": True, "b": True, "failed": False}
    assert messages(list(daily), 10, daily) == [["a", "b"], ["failed"]]


def test_it_waits_twice_as_long_after_each_try_but_no_longer_than_an_hour() -> None:
    minutes = [wait_after(tries) / timedelta(minutes=1) for tries in range(1, 9)]
    assert minutes == [1, 2, 4, 8, 16, 32, 60, 60]
    assert wait_after(10_000) == LONGEST_WAIT


@pytest.mark.parametrize(
    "wrong",
    [
        {"quiet_from": "25:00", "quiet_to": "06:00"},
        {"quiet_from": "22:00"},
        {"digest_at": "8"},
        {"digest_at": "08:00\n"},
        {"per_hour": 0},
        {"per_hour": 1_001},
    ],
)
def test_it_refuses_hours_and_numbers_that_mean_nothing(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        Policy(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("stored", [None, "", "{", "[]", '{"per_hour": "many"}', '{"per_hour": 0}'])
def test_it_goes_by_what_holds_without_any_where_the_stored_one_is_damaged(
    stored: str | None,
) -> None:
    assert from_text(stored) == Policy()


def test_it_reads_what_it_wrote() -> None:
    assert from_text(NIGHT.as_text()) == NIGHT
