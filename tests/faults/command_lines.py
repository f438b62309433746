"""Looks at the command lines of this machine, as anybody on it may. It needs Linux's /proc."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Watch:
    """Every command line on this machine, looked at again and again."""

    over: threading.Event = field(default_factory=threading.Event)
    lines: dict[tuple[str, int], bytes] = field(default_factory=dict)

    def look(self) -> None:
        """Each process at its beginning and after it became another program."""
        looks = 0
        while not self.over.wait(0.01):
            looks += 1
            for folder in Path("/proc").iterdir():
                key = (folder.name, looks // 50)
                if folder.name.isdigit() and not self.lines.get(key):
                    self.lines[key] = _read(folder / "cmdline")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it has ended
        return b""


@contextmanager
def watched() -> Iterator[Watch]:
    watch = Watch()
    thread = threading.Thread(target=watch.look)
    thread.start()
    try:
        yield watch
    finally:
        watch.over.set()
        thread.join()
