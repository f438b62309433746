"""What a supervisor does while its child works: hear it out, report progress, enforce limits."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from sync_core.base.clock import monotonic_s, utc_now
from sync_core.base.errors import DatabaseError
from sync_core.base.redact import redact
from sync_core.base.settings import Settings
from sync_core.engine.events import TEXT, Event
from sync_core.engine.source import Source
from sync_core.runs.lease import TAKEN
from sync_core.runs.log import LARGEST_LINE, RunLog
from sync_core.runs.proof import Fault, Heard
from sync_core.store import runs
from sync_core.store.control import COUNTS, Run
from sync_core.store.engines import Database

REPORT_EVERY_S = 0.5

Watcher = Callable[[Event], None]


def ignore(_event: Event) -> None:
    """A watcher that does not care."""


@dataclass
class Progress:
    """The run's numbers as its child reports them; the ledger has the last word at the end."""

    heard: Heard = field(default_factory=Heard)
    values: dict[str, Any] = field(default_factory=dict)
    changed: bool = False

    def take(self, event: Event) -> bool:
        """Whether the event shows that the run gets on; saying the same again does not."""
        kind = event["event"]
        self.changed = True
        if kind == TEXT:
            self.heard.texts += 1
            return self.heard.events == 0
        self.heard.events += 1
        if kind == "progress":
            self.values |= {name: event.get(name) for name in ("rate", "left_s")}
            return self._take_records(event.get("records", 0))
        if kind == "plan":
            self.heard.plan = event
            self.values["units_total"] = event.get("units_total")
            self.values["left_out"] = event.get("left_out", 0)
        elif kind == "summary":
            self.heard.summary = event
        else:
            self._take_unit(kind, event)
        return True

    def _take_records(self, records: int) -> bool:
        before: int = self.values.get("fetched", 0)
        self.values["fetched"] = max(records, before)
        return records > before

    def _take_unit(self, kind: str, event: Event) -> None:
        if kind == "unit_started":
            self.values["current_unit"] = str(event.get("unit"))[:100]
        elif kind == "unit_failed":
            self._add("units_failed", 1)
        elif kind == "unit_done":
            self._add("units_done", 1)
            self._add("units_skipped", int(event.get("skipped") is True))
            for name in COUNTS[1:]:
                self._add(name, event.get(name, 0))
            self._take_records(sum(self.values[name] for name in COUNTS[1:]))

    def _add(self, name: str, more: int) -> None:
        self.values[name] = self.values.get(name, 0) + more


class Desk:
    """Where a child's events arrive: the log, whoever watches, the run's progress.

    A full disk or a closed terminal ends the writing or the watching, never the run.
    """

    def __init__(self, log: RunLog, watch: Watcher) -> None:
        self.log, self._watch = log, watch
        self.progress = Progress()

    def take(self, event: Event) -> bool:
        """Whether the event shows that the run gets on."""
        shown = {name: _shown(value) for name, value in event.items()}
        self.log.add(*_entry(shown))
        try:
            self._watch(shown)
        except OSError:
            self._watch = ignore
        return self.progress.take(shown)


def _shown(value: Any) -> Any:
    """Redacted before it is cut: half a secret would not be known as one."""
    return redact(value)[:LARGEST_LINE] if isinstance(value, str) else value


def _entry(event: Event) -> tuple[str, str]:
    kind = event["event"]
    if kind == TEXT:
        return "output", str(event.get("line", ""))
    level = {"unit_failed": "error", "progress": "debug"}.get(kind, "info")
    details = " ".join(f"{name}={value}" for name, value in event.items() if name != "event")
    return level, f"{kind} {details}"


class Limits:
    """The run's time limit, the limit without a sign of progress, the grace of a child to end."""

    def __init__(self, settings: Settings, source: Source) -> None:
        self.total_s = settings.time_limit_s or source.time_limit_s
        self.grace_s = settings.cancel_grace_s
        self._stall_s = settings.stall_limit_s
        self._started_s = self._moved_s = monotonic_s()

    def moved(self) -> None:
        self._moved_s = monotonic_s()

    def passed(self) -> Fault | None:
        now = monotonic_s()
        if now - self._started_s > self.total_s:
            return Fault("timeout", f"The run passed its time limit of {self.total_s:g} s.")
        if now - self._moved_s > self._stall_s:
            return Fault("timeout", f"The run made no progress for {self._stall_s:g} s.")
        return None


class Reporter:
    """Writes progress, and asks whether somebody cancelled, while the run is ours."""

    def __init__(self, control: Database, run: Run) -> None:
        self._control, self._run = control, run
        self._told_s = 0.0

    def tell(self, progress: Progress) -> Fault | None:
        """Why the child must end. A locked database is asked again later."""
        now = monotonic_s()
        if now - self._told_s < REPORT_EVERY_S:
            return None
        values = {**progress.values, "progress_at": utc_now()} if progress.changed else {}
        try:
            fault = self._write(values)
        except DatabaseError:
            return None
        finally:
            self._told_s = monotonic_s()
        progress.changed = False
        return fault

    def tell_last(self, progress: Progress) -> None:
        """Before the run's end: a quick child leaves no time for any other report."""
        with suppress(DatabaseError):  # the end itself is written again and again
            self._write(progress.values)

    def _write(self, values: dict[str, Any]) -> Fault | None:
        if values:
            with self._control.write() as session:
                if not runs.update_running(session, self._run.id, values):
                    return TAKEN
        with self._control.read() as session:
            by = runs.get_run(session, self._run.id).cancel_requested_by
        return Fault("cancelled", f"Cancelled by {by}.") if by else None
