"""A run's log as a screen shows it: masked line by line, by level and by words that it holds."""

import os
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sync_core.access.permissions import SEE, Actor, require
from sync_core.base.settings import Settings
from sync_core.inspect.masking import mask_text

LINES = 500
LONGEST_LINE = 2_000
LAST_BYTES = 256 * 1024
LEVELS = ("debug", "info", "output", "warning", "error")


@dataclass(frozen=True, slots=True)
class LogFilter:
    """None and "" mean any. `text` is looked for as it is, letter case aside."""

    level: str | None = None
    text: str = ""


EVERYTHING = LogFilter()


@dataclass(frozen=True, slots=True)
class LogTail:
    """The last lines that fit, and how many fit in all."""

    lines: tuple[str, ...]
    total: int


def log_tail(
    settings: Settings, actor: Actor, run_id: int, which: LogFilter = EVERYTHING
) -> LogTail | None:
    """None where there is no log (any more)."""
    require(actor, SEE)
    path = settings.run_log(run_id)
    if not path.exists():
        return None
    total, last = 0, deque[str](maxlen=LINES)
    for line in _fitting(path, which):
        total += 1
        last.append(line)
    return LogTail(tuple(map(_masked, last)), total)


def log_end(
    settings: Settings, actor: Actor, run_id: int, which: LogFilter, lines: int
) -> tuple[str, ...] | None:
    """The newest lines that fit, of the log's last stretch alone: a run that goes on is asked every
    two seconds. None where there is no log."""
    require(actor, SEE)
    path = settings.run_log(run_id)
    if not path.exists():
        return None
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - LAST_BYTES))
        read = file.read(LAST_BYTES).decode("utf-8", "replace").splitlines()
    whole = read if size <= LAST_BYTES else read[1:]
    return tuple(map(_masked, [line for line in whole if _fits(line, which)][-lines:]))


def whole_log(settings: Settings, actor: Actor, run_id: int) -> Iterator[str]:
    """Every line, with its end; none where there is no log."""
    require(actor, SEE)
    path = settings.run_log(run_id)
    if not path.exists():
        return iter(())
    return (f"{_masked(line)}\n" for line in _fitting(path, EVERYTHING))


def _fitting(path: Path, which: LogFilter) -> Iterator[str]:
    """Lines as they were written: most of a long log are counted and never shown."""
    with path.open(encoding="utf-8", errors="replace") as file:
        yield from (line for line in file if _fits(line, which))


def _fits(line: str, which: LogFilter) -> bool:
    return _level(line, which.level) and _holds(line, which.text.casefold())


def _holds(line: str, wanted: str) -> bool:
    """Searched as it is shown: nobody finds a number by looking for it."""
    return not wanted or wanted in _masked(line).casefold()


def _masked(line: str) -> str:
    """Masked before it is cut: half a number would not be known as one."""
    return mask_text(line.rstrip("\n"))[:LONGEST_LINE]


def _level(line: str, level: str | None) -> bool:
    """`2026-11-24T13:18:44Z level   text`."""
    return level is None or line[21:].startswith(level)
