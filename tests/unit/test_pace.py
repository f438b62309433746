"""The pace of calls: spaced starts, one order for all threads."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from fetch_data.pace import Pace
from sync_core.base.errors import ConfigError
from sync_core.base.settings import load

ENOUGH_S = 20


class Clock:
    """Stands still, but for those who sleep."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.slept: list[float] = []

    def sleep(self, wait_s: float) -> None:
        self.slept.append(wait_s)
        self.now += wait_s

    def pace(self, per_s: float) -> Pace:
        return Pace(per_s, threading.Event(), clock=lambda: self.now, sleep=self.sleep)


def test_it_spaces_the_starts_when_many_come_at_once() -> None:
    clock = Clock()
    pace, starts = clock.pace(4), list[float]()
    for _ in range(9):
        pace.wait()
        starts.append(clock.now - 1_000)
    assert starts == [n / 4 for n in range(9)]


def test_it_lets_a_call_begin_at_once_when_the_last_is_long_ago() -> None:
    clock = Clock()
    pace = clock.pace(2)
    for _ in range(3):
        clock.now += 10
        pace.wait()
    assert clock.slept == []
    pace.wait()
    assert clock.slept == [0.5]


def test_it_saves_up_no_turns_while_nobody_calls() -> None:
    clock = Clock()
    pace = clock.pace(1)
    pace.wait()
    clock.now += 100
    for _ in range(3):
        pace.wait()
    assert clock.slept == [1, 1]


def test_it_never_waits_without_a_limit() -> None:
    clock = Clock()
    pace = clock.pace(0)
    for _ in range(1_000):
        pace.wait()
    assert (clock.slept, pace.gap_s) == ([], 0)


def test_it_gives_each_thread_a_turn_of_its_own() -> None:
    waits: list[float] = []
    pace = Pace(10, threading.Event(), clock=lambda: 5.0, sleep=waits.append)
    with ThreadPoolExecutor(8) as pool:
        for _ in range(80):
            pool.submit(pace.wait)
    assert sorted(waits) == pytest.approx([n / 10 for n in range(1, 80)])


def test_it_really_waits() -> None:
    pace, begun = Pace(20, threading.Event()), time.monotonic()
    for _ in range(5):
        pace.wait()
    assert time.monotonic() - begun >= 0.2


def test_it_ends_every_wait_at_once_when_stopped() -> None:
    stop = threading.Event()
    pace = Pace(0.01, stop)
    pace.wait()
    with ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(pace.wait) for _ in range(3)]
        stop.set()
        for one in waiting:
            one.result(ENOUGH_S)


@pytest.mark.parametrize(
    ("given", "per_s"), [("", 0), ("0", 0), ("0.0", 0), ("0.5", 0.5), ("1000", 1000)]
)
def test_it_reads_the_limit_from_the_settings(given: str, per_s: float) -> None:
    environ = {"HAMGAM_HOME": "var", "HAMGAM_REQUESTS_PER_S": given}
    assert load(environ).requests_per_s == per_s


@pytest.mark.parametrize("given", ["-1", "nan", "inf", "0.001", "1001", "five"])
def test_it_refuses_a_limit_that_is_none(given: str) -> None:
    with pytest.raises(ConfigError, match="HAMGAM_REQUESTS_PER_S"):
        load({"HAMGAM_HOME": "var", "HAMGAM_REQUESTS_PER_S": given})
