"""Notices that this process was stopped, or frozen with its machine: then others may act for it."""

import os
from threading import Event, Thread

from sync_core.base.clock import monotonic_s
from sync_core.base.errors import LostFence

BEATS = 30  # within the longest sleep


class Awake:
    """A thread that beats. Once the beat was missed for `longest_s` nothing may be committed."""

    def __init__(self, longest_s: float) -> None:
        self._longest_s = longest_s
        self._beat_s = monotonic_s()
        Thread(target=self._beat, daemon=True, name="awake").start()

    def check(self) -> None:
        """Raises LostFence after a long sleep, also before the thread has woken up."""
        if monotonic_s() - self._beat_s > self._longest_s:
            raise LostFence("The process slept through its run's lease.", hint="Start it again.")

    def _beat(self) -> None:
        pause = Event()
        while True:
            pause.wait(self._longest_s / BEATS)
            if monotonic_s() - self._beat_s > self._longest_s:
                os._exit(1)
            self._beat_s = monotonic_s()
