"""A process that was stopped for too long commits nothing more."""

import pytest

from sync_core.base.errors import LostFence
from sync_core.engine import awake
from sync_core.engine.awake import Awake


class Clock:
    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(awake, "monotonic_s", made)
    monkeypatch.setattr(awake, "Thread", _Unstarted)  # as when everything is stopped
    return made


class _Unstarted:
    def __init__(self, **_: object) -> None:
        """What is stopped does not beat."""

    def start(self) -> None:
        """It never does."""


def test_it_lets_one_go_on_that_was_awake(clock: Clock) -> None:
    process = Awake(45)
    clock.now_s += 45

    process.check()


def test_it_stops_one_that_slept_before_its_thread_has_woken_up(clock: Clock) -> None:
    process = Awake(45)
    clock.now_s += 46

    with pytest.raises(LostFence, match="slept"):
        process.check()


def test_it_takes_waiting_for_no_sleep() -> None:
    process = Awake(0.3)
    until = awake.monotonic_s() + 1
    while awake.monotonic_s() < until:
        process.check()
