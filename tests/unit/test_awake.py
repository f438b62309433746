"""A process that was stopped for too long commits nothing more."""

import signal
import subprocess
import sys

import pytest

from sync_core.base.errors import LostFence
from sync_core.engine import awake
from sync_core.engine.awake import Awake
from tests.runs.installation import ROOT, wait_until

LONGEST_S = 2.0
WAITS = f"""
import sys, time
from sync_core.engine.awake import Awake

awake = Awake({LONGEST_S})
time.sleep({2 * LONGEST_S})
awake.check()
print("waited", flush=True)
sys.stdin.read()
"""


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


def test_it_takes_waiting_for_no_sleep_and_ends_when_it_was_stopped() -> None:
    """In a process of its own, for it is the process that it ends."""
    with subprocess.Popen(
        [sys.executable, "-c", WAITS], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == b"waited\n"
        process.send_signal(signal.SIGSTOP)
        stopped_s = awake.monotonic_s()
        wait_until(lambda: awake.monotonic_s() - stopped_s > 2 * LONGEST_S, "a long sleep")
        process.send_signal(signal.SIGCONT)

        assert process.wait(30) == 1
