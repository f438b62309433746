"""A run's events on stderr: a bar on a terminal, plain lines anywhere else."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sync_core.cli.output import remark

if TYPE_CHECKING:
    from rich.progress import Progress

Event = Mapping[str, Any]
SHOWN = ("fetched", "inserted", "updated", "rejected")


@contextmanager
def watching() -> Iterator[Callable[[Event], None]]:
    if not sys.stderr.isatty():
        yield plain_lines
        return
    with _bar() as progress:
        yield Bar(progress)


def plain_lines(event: Event) -> None:
    line = describe(event)
    if line:
        remark(line)


def describe(event: Event) -> str:
    """One line for people, or nothing for an event that says nothing new to them."""
    match event.get("event"):
        case "plan":
            total = event.get("units_total")
            return f"{total} unit{'' if total == 1 else 's'} to read."
        case "unit_done":
            if event.get("skipped"):
                return f"{event.get('unit')}: {event.get('fetched', 0)} records, as before"
            counts = ", ".join(f"{event.get(name, 0)} {name}" for name in SHOWN)
            return f"{event.get('unit')}: {counts}"
        case "unit_failed":
            return f"{event.get('unit')}: {event.get('error_class')}: {event.get('error_message')}"
        case "text":
            return str(event.get("line", ""))
        case _:
            return ""


class Bar:
    """The same events as a bar; failures stay readable above it."""

    def __init__(self, progress: "Progress") -> None:
        self._progress = progress
        self._task = progress.add_task("starting", total=None, fetched=0, pace="", left="")
        self._fetched = 0

    def __call__(self, event: Event) -> None:
        match event.get("event"):
            case "plan":
                self._progress.update(self._task, total=event.get("units_total"))
            case "unit_started":
                self._progress.update(self._task, description=str(event.get("unit")))
            case "progress":
                self._pace(event)
            case "unit_done":
                self._fetched += event.get("fetched", 0)
                self._progress.update(self._task, advance=1, fetched=self._fetched)
            case "unit_failed":
                self._progress.update(self._task, advance=1)
                self._say(event)
            case "text":
                self._say(event)

    def _pace(self, event: Event) -> None:
        rate, left_s = event.get("rate"), event.get("left_s")
        told = f"{rate:,.0f} a second" if rate else ""
        left = f"{timedelta(seconds=round(left_s))} left" if left_s is not None else ""
        records = max(self._fetched, event.get("records", 0))
        self._progress.update(self._task, fetched=records, pace=told, left=left)

    def _say(self, event: Event) -> None:
        self._progress.console.print(describe(event), markup=False, highlight=False)


def _bar() -> "Progress":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeElapsedColumn as Elapsed

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[fetched]:,} records", markup=False),
        TextColumn("{task.fields[pace]}", markup=False),
        Elapsed(),
        TextColumn("{task.fields[left]}", markup=False),
        console=Console(stderr=True),
        transient=True,
    )
