"""The peak memory of a process and all below it, sampled from outside; it changes nothing.

PSS counts a page that several processes share once; where the system does not tell it, RSS does
for it, which counts such pages for each.
"""

from contextlib import suppress
from threading import Event, Thread
from types import TracebackType

import psutil

SAMPLE_S = 0.05
LOOK_FOR_CHILDREN_EVERY = 5  # samples; it reads all of /proc


def _kind() -> str:
    try:
        return "PSS" if hasattr(psutil.Process().memory_full_info(), "pss") else "RSS"
    except psutil.AccessDenied:
        return "RSS"


KIND = _kind()


class PeakMemory:
    """A block that watches `pid`; `peak_bytes` grows until its end."""

    def __init__(self, pid: int) -> None:
        self.peak_bytes = 0
        self._top = psutil.Process(pid)
        self._tree: list[psutil.Process] = []
        self._stop = Event()
        self._thread = Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "PeakMemory":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        samples = 0
        while not self._stop.wait(SAMPLE_S):
            if samples % LOOK_FOR_CHILDREN_EVERY == 0:
                self._look_for_children()
            samples += 1
            self.peak_bytes = max(self.peak_bytes, sum(map(_bytes, self._tree)))

    def _look_for_children(self) -> None:
        with suppress(psutil.NoSuchProcess):
            self._tree = [self._top, *self._top.children(recursive=True)]


def _bytes(process: psutil.Process) -> int:
    """0 for one that has ended since."""
    try:
        if KIND == "PSS":
            return int(process.memory_full_info().pss)
        return int(process.memory_info().rss)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0
