"""What a run says of how it gets on: when, which numbers, and how long it still takes."""

import json
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from sync_core.base.clock import utc_now
from sync_core.engine.progress import Progress
from sync_core.engine.source import Page, Unit
from sync_core.store.control import FAILED, SUCCESS
from sync_core.store.ledger import UnitOutcome

Events = Callable[[], list[dict[str, Any]]]


class Clock:
    """Time as a test sets it, in seconds."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("sync_core.engine.progress.monotonic_s", clock)
    return clock


@pytest.fixture
def events(capsys: pytest.CaptureFixture[str]) -> Events:
    """What was said since the last call."""
    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def units(names: str) -> list[Unit]:
    return [Unit(name, name, {}) for name in names]


def done(name: str, fetched: int = 0) -> UnitOutcome:
    return UnitOutcome(name, SUCCESS, None, None, 1.0, utc_now(), {"fetched": fetched})


def failed(name: str) -> UnitOutcome:
    return UnitOutcome(name, FAILED, "network", "no", 1.0, utc_now(), {})


def page(records: int) -> Page:
    return Page(json.dumps([{"a": 1}] * records).encode())


def test_it_says_where_the_run_stands_when_a_unit_is_settled(clock: Clock, events: Events) -> None:
    progress = Progress(units("abcd"), {"a": 10.0, "b": 20.0, "c": 30.0, "d": 20.0})

    clock.now_s += 4.0
    progress.settled(done("a", fetched=50))

    assert events() == [
        {
            "event": "progress",
            "unit": "a",
            "units_done": 1,
            "units_total": 4,
            "records": 50,
            "rate": 12.5,
            "left_s": 28.0,
        }
    ]


def test_it_speaks_at_most_four_times_a_second(clock: Clock, events: Events) -> None:
    progress = Progress(units("a"), {})
    said: list[float] = []

    for _ in range(80):
        clock.now_s += 0.125
        progress.page(units("a")[0], [page(1), page(1)])
        said += [clock.now_s] * len(events())

    gaps = [later - earlier for earlier, later in pairwise(said)]
    assert set(gaps) == {0.25}
    assert len(said) == 40


def test_it_adds_up_what_it_did_not_say(clock: Clock, events: Events) -> None:
    progress = Progress(units("abc"), {})
    progress.settled(done("a", 1))
    progress.settled(done("b", 2))
    clock.now_s += 1.0
    progress.settled(done("c", 4))

    first, last = events()
    assert (first["units_done"], first["records"], first["rate"]) == (1, 1, None)
    assert (last["units_done"], last["records"], last["rate"]) == (3, 7, 7.0)


@pytest.mark.parametrize(
    ("durations_s", "left_s"),
    [
        ({"a": 10.0, "b": 30.0}, 15.0),
        ({"b": 30.0, "a": 60.0, "gone": 9.0}, 2.5),
        ({"a": 30.0}, 5.0),
        ({"b": 30.0}, 5.0),
        ({"a": 10.0, "gone": 30.0}, 10.0),
        ({}, 5.0),
        ({"a": 0.0, "b": 10.0}, None),
        ({"a": 0.0, "b": 0.0}, None),
        ({"a": 10.0, "b": 0.0}, 0.0),
    ],
)
def test_it_reckons_the_time_left_from_the_last_durations(
    clock: Clock, events: Events, durations_s: dict[str, float], left_s: float | None
) -> None:
    progress = Progress(units("ab"), durations_s)

    clock.now_s += 5.0
    progress.settled(done("a"))

    assert events()[0]["left_s"] == left_s


def test_it_names_no_time_left_before_a_unit_of_several_is_settled(
    clock: Clock, events: Events
) -> None:
    progress = Progress(units("ab"), {"a": 5.0, "b": 5.0})

    clock.now_s += 1.0
    progress.page(units("a")[0], [page(1), page(1)])

    assert events()[0]["left_s"] is None


@pytest.mark.parametrize(
    ("elapsed_s", "durations_s", "left_s"),
    [(4.0, {"a": 10.0}, 6.0), (11.0, {"a": 10.0}, 0.0), (4.0, {}, None)],
)
def test_it_reckons_by_the_clock_when_there_is_one_unit(
    clock: Clock,
    events: Events,
    elapsed_s: float,
    durations_s: dict[str, float],
    left_s: float | None,
) -> None:
    progress = Progress(units("a"), durations_s)

    clock.now_s += elapsed_s
    progress.page(units("a")[0], [page(1), page(1)])

    assert events()[0]["left_s"] == left_s


def test_it_never_names_a_negative_time_when_sums_are_inexact(clock: Clock, events: Events) -> None:
    usual_s = {"a": 1.2, "b": 7.6, "c": 6.9}
    progress = Progress(units("abc"), usual_s)
    assert sum(usual_s.values()) - 6.9 - 7.6 - 1.2 < 0

    for name in "cba":
        clock.now_s += 1e6
        progress.settled(done(name))

    assert str(events()[-1]["left_s"]) == "0.0"


def test_it_counts_a_units_pages_while_they_arrive_and_not_again_when_it_is_merged(
    clock: Clock, events: Events
) -> None:
    unit = units("a")[0]
    progress, pages, records = Progress(units("ab"), {}), [], []
    for count in (3, 4, 5):
        clock.now_s += 1.0
        pages.append(page(count))
        progress.page(unit, pages)
        records += [event["records"] for event in events()]
    clock.now_s += 1.0
    progress.settled(done("a", fetched=12))

    assert records == [7, 12]
    assert events()[0]["records"] == 12


def test_it_counts_the_pages_of_units_that_arrive_side_by_side(
    clock: Clock, events: Events
) -> None:
    progress = Progress(units("ab"), {})

    progress.page(units("a")[0], [page(1), page(2)])
    clock.now_s += 1.0
    progress.page(units("b")[0], [page(10), page(20)])

    assert [event["records"] for event in events()] == [3, 33]


def test_it_no_longer_counts_the_pages_of_a_unit_that_failed(clock: Clock, events: Events) -> None:
    progress = Progress(units("ab"), {})
    progress.page(units("a")[0], [page(1), page(2)])
    clock.now_s += 1.0
    progress.settled(failed("a"))

    assert [(event["records"], event["units_done"]) for event in events()] == [(3, 0), (0, 1)]
