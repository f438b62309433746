"""Supervises one run: starts the source's child, listens, enforces limits, ends the run.

While its lease holds, the supervisor alone writes the run.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty
from typing import Any

from sync_core.base.clock import monotonic_s, utc_now
from sync_core.base.errors import SyncError
from sync_core.base.paths import PACKAGE_ROOT
from sync_core.base.redact import keep_secret
from sync_core.base.settings import Settings
from sync_core.engine.events import Event
from sync_core.engine.order import Order
from sync_core.engine.source import Source, find_source
from sync_core.runs import lifecycle, process
from sync_core.runs.listener import Listener
from sync_core.runs.log import RunLog, log_path
from sync_core.runs.proof import Fault, ending_of, failed_ending
from sync_core.runs.watch import Limits, Progress, Reporter, Watcher, ignore
from sync_core.store import ledger, runs
from sync_core.store.control import Run
from sync_core.store.engines import Databases

LISTEN_S = 0.2


def supervise(
    settings: Settings, databases: Databases, run_id: int, watch: Watcher = ignore
) -> Run:
    """Takes a claimed run to its end and returns it as it ended. Raises IllegalTransition."""
    keep_secret(settings.gateway_password)
    run = lifecycle.begin(settings, databases, run_id, process.identity())
    source = find_source(settings, run.source)
    with RunLog(log_path(settings, run_id)) as log:
        log.add("info", f"run {run.id} of {run.source}, mode {run.mode}, by {run.requested_by}")
        try:
            epoch = _take_fence(databases, run)
        except SyncError as exc:
            fault = Fault(exc.code, str(exc))
            return lifecycle.finish(databases, run, failed_ending(databases, source, run, fault))
        return _Supervision(settings, databases, run, source, log, watch).carry_out(epoch)


def _take_fence(databases: Databases, run: Run) -> int:
    with databases.data.write() as session:
        epoch = ledger.raise_fence(session, run.source, run.id, utc_now()).epoch
    with databases.control.write() as session:
        runs.update_running(session, run.id, {"epoch": epoch})
    return epoch


class _Supervision:
    def __init__(
        self,
        settings: Settings,
        databases: Databases,
        run: Run,
        source: Source,
        log: RunLog,
        watch: Watcher,
    ) -> None:
        self.settings, self.databases, self.run, self.source = settings, databases, run, source
        self.log, self.watch = log, watch
        self.progress = Progress()
        self.limits = Limits(settings, source)
        self.reporter = Reporter(settings, databases, run)
        self.fault: Fault | None = None

    def carry_out(self, epoch: int) -> Run:
        with process.stop_signals(self._on_signal), self._child(epoch) as child:
            self._listen(child)
            self.progress.heard.exit_code = child.wait()
        return self._finish()

    def _on_signal(self, name: str) -> None:
        self.fault = self.fault or Fault("cancelled", f"Cancelled by {name} to its supervisor.")

    @contextmanager
    def _child(self, epoch: int) -> Iterator[subprocess.Popen[bytes]]:
        child = process.spawn_child(
            [sys.executable, "-m", self.source.module],
            self._order(epoch).as_environment(),
            PACKAGE_ROOT,
        )
        who = process.identity(child.pid)
        try:
            self._remember(who)
            yield child
        finally:
            process.kill_group(who)
            child.wait()
            if child.stdin is not None:
                child.stdin.close()

    def _order(self, epoch: int) -> Order:
        choice: dict[str, Any] = self.run.choice
        return Order(
            source=self.run.source,
            run_id=self.run.id,
            epoch=epoch,
            mode=self.run.mode,
            campuses=tuple(choice["campuses"]),
            terms=tuple(choice["terms"]),
            verify=bool(choice["verify"]),
        )

    def _remember(self, who: process.Identity) -> None:
        with self.databases.control.write() as session:
            values = {"child_pid": who.pid, "child_started": who.started}
            runs.update_running(session, self.run.id, values)

    def _listen(self, child: subprocess.Popen[bytes]) -> None:
        listener = Listener(child)
        asked_s: float | None = None
        while True:
            try:
                event = listener.events.get(timeout=LISTEN_S)
            except Empty:
                event = {}
            if event is None:
                return
            if event:
                self._take(event)
            self.fault = self.fault or self.limits.passed() or self.reporter.tell(self.progress)
            if self.fault is not None:
                asked_s = self._end(child, asked_s)

    def _take(self, event: Event) -> None:
        self.progress.take(event)
        self.limits.moved()
        self.log.add(*_log_entry(event))
        self.watch(event)

    def _end(self, child: subprocess.Popen[bytes], asked_s: float | None) -> float:
        """Asks once, and kills the group when the grace is over."""
        now = monotonic_s()
        if asked_s is None:
            self.log.add("warning", f"ending the child: {self.fault}")
            process.ask_to_end(child)
            return now
        if now - asked_s > self.settings.cancel_grace_s and child.poll() is None:
            process.kill_group(process.identity(child.pid))
        return asked_s

    def _finish(self) -> Run:
        self.reporter.tell_last(self.progress)
        if self.fault is not None:
            ending = failed_ending(self.databases, self.source, self.run, self.fault)
        else:
            ending = ending_of(self.databases, self.source, self.run, self.progress.heard)
        self.log.add("info", f"ended: {ending.status} {ending.error_message or ''}".rstrip())
        return lifecycle.finish(self.databases, self.run, ending)


def _log_entry(event: Event) -> tuple[str, str]:
    kind = event["event"]
    if kind == "text":
        return "output", str(event.get("line", ""))
    level = "error" if kind == "unit_failed" else "debug" if kind == "progress" else "info"
    details = " ".join(f"{name}={value}" for name, value in event.items() if name != "event")
    return level, f"{kind} {details}"
