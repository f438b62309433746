"""Reads a child's stdout and stderr to their ends, without ever letting a pipe fill up."""

import subprocess
from queue import Queue
from threading import Thread
from typing import IO

from sync_core.engine.events import Event, read_event, text_event

LONGEST_LINE_BYTES = 64 * 1024
UNSURE_BYTES = 1_024  # before a cut: half a secret is not known as one
WAITING_EVENTS = 1_000  # a child that says more waits at its full pipe


class Listener:
    """Puts every line of a child as an event into `events`, then None when both pipes ended."""

    def __init__(self, child: subprocess.Popen[bytes]) -> None:
        self.events: Queue[Event | None] = Queue(WAITING_EVENTS)
        pipes = ((child.stdout, True), (child.stderr, False))
        self._threads = [
            Thread(target=self._read, args=(pipe, is_stdout), daemon=True)
            for pipe, is_stdout in pipes
            if pipe is not None
        ]
        for thread in self._threads:
            thread.start()
        Thread(target=self._close, daemon=True).start()

    def _read(self, pipe: IO[bytes], is_stdout: bool) -> None:
        with pipe:
            inside = False
            while line := pipe.readline(LONGEST_LINE_BYTES):
                cut = len(line) == LONGEST_LINE_BYTES and not line.endswith(b"\n")
                if not inside:  # the rest of a line that was cut is dropped
                    self._tell(line[:-UNSURE_BYTES] if cut else line, is_stdout)
                inside = cut

    def _tell(self, line: bytes, is_stdout: bool) -> None:
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        self.events.put(read_event(text) if is_stdout else text_event(text))

    def _close(self) -> None:
        for thread in self._threads:
            thread.join()
        self.events.put(None)
