"""What a supervisor watches while its child works: progress to report, limits to enforce."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sync_core.base.clock import monotonic_s, utc_now
from sync_core.base.settings import Settings
from sync_core.engine.events import Event
from sync_core.engine.source import Source
from sync_core.runs.proof import Fault, Heard
from sync_core.store import runs
from sync_core.store.control import COUNTS, Run
from sync_core.store.engines import Databases

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

    def take(self, event: Event) -> None:
        kind = event["event"]
        if kind == "plan":
            self.heard.plan = event
            self.values["units_total"] = event.get("units_total")
        elif kind == "summary":
            self.heard.summary = event
        elif kind == "text":
            self.heard.last_text = str(event.get("line", "")) or self.heard.last_text
        else:
            self._take_unit(kind, event)
        self.changed = True

    def _take_unit(self, kind: str, event: Event) -> None:
        if kind == "unit_started":
            self.values["current_unit"] = str(event.get("unit"))[:100]
        elif kind == "progress":
            self.values["fetched"] = max(event.get("records", 0), self.values.get("fetched", 0))
        elif kind == "unit_failed":
            self._add("units_failed", 1)
        elif kind == "unit_done":
            self._add("units_done", 1)
            for name in COUNTS[1:]:
                self._add(name, event.get(name, 0))
            merged = sum(self.values[name] for name in COUNTS[1:])
            self.values["fetched"] = max(merged, self.values.get("fetched", 0))

    def _add(self, name: str, more: int) -> None:
        self.values[name] = self.values.get(name, 0) + more


class Limits:
    """The time limit of the run and the limit without a sign of progress."""

    def __init__(self, settings: Settings, source: Source) -> None:
        self._total_s = settings.time_limit_s or source.time_limit_s
        self._stall_s = settings.stall_limit_s
        self._started_s = self._moved_s = monotonic_s()

    def moved(self) -> None:
        self._moved_s = monotonic_s()

    def passed(self) -> Fault | None:
        now = monotonic_s()
        if now - self._started_s > self._total_s:
            return Fault("timeout", f"The run passed its time limit of {self._total_s:g} s.")
        if now - self._moved_s > self._stall_s:
            return Fault("timeout", f"The run made no progress for {self._stall_s:g} s.")
        return None


class Reporter:
    """Writes progress, and renews the lease, while the run is ours."""

    def __init__(self, settings: Settings, databases: Databases, run: Run) -> None:
        self._settings, self._databases, self._run = settings, databases, run
        self._reported_s = self._renewed_s = 0.0

    def tell(self, progress: Progress) -> Fault | None:
        """Why the child must end: somebody cancelled, or the run is not ours any more."""
        now = monotonic_s()
        renew = now - self._renewed_s >= self._settings.heartbeat_s
        if not renew and now - self._reported_s < REPORT_EVERY_S:
            return None
        values: dict[str, Any] = {}
        if progress.changed:
            values |= {**progress.values, "progress_at": utc_now()}
        if renew:
            values["lease_until"] = utc_now() + timedelta(seconds=self._settings.lease_s)
            self._renewed_s = now
        self._reported_s, progress.changed = now, False
        return self._write(values)

    def tell_last(self, progress: Progress) -> None:
        """Before the run's end: a quick child leaves no time for any other report."""
        self._write({**progress.values, "progress_at": utc_now()})

    def _write(self, values: dict[str, Any]) -> Fault | None:
        if values:
            with self._databases.control.write() as session:
                if not runs.update_running(session, self._run.id, values):
                    return Fault("crashed", "The run was ended by somebody else.")
        with self._databases.control.read() as session:
            by = runs.get_run(session, self._run.id).cancel_requested_by
        return Fault("cancelled", f"Cancelled by {by}.") if by else None
