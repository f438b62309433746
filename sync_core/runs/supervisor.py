"""Supervises one run: starts the source's child, listens, enforces limits, ends the run.

While its lease holds, the supervisor alone writes the run. Whatever goes wrong here ends the run as
failed: an exception must not leave it `running`.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty

from sync_core.base.clock import monotonic_s, utc_now
from sync_core.base.errors import DatabaseError, IllegalTransition, SyncError
from sync_core.base.paths import PACKAGE_ROOT
from sync_core.base.redact import keep_secret
from sync_core.base.settings import Settings
from sync_core.engine.order import Order
from sync_core.engine.source import Source, find_source
from sync_core.runs import lifecycle, process
from sync_core.runs.lifecycle import Ending
from sync_core.runs.listener import Listener
from sync_core.runs.log import RunLog, log_path
from sync_core.runs.proof import Fault, ending_of, failed_ending
from sync_core.runs.watch import Desk, Limits, Reporter, Watcher, ignore
from sync_core.store import runs
from sync_core.store.control import Run
from sync_core.store.engines import Databases
from sync_core.store.fence import raise_fence

LISTEN_S = 0.2
LEFTOVERS_S = 2.0  # what a child that ended may leave in its pipes takes no longer to read
FINISH_AGAIN_S = 1.0


def supervise(
    settings: Settings, databases: Databases, run_id: int, watch: Watcher = ignore
) -> Run:
    """Takes a claimed run to its end and returns it as it ended. Raises IllegalTransition."""
    keep_secret(settings.gateway_password)
    with process.stop_signals() as stop, RunLog(log_path(settings, run_id)) as log:
        run = lifecycle.begin(settings, databases, run_id, process.identity())
        log.add("info", f"run {run.id} of {run.source}, mode {run.mode}, by {run.requested_by}")
        ending = _ending(settings, databases, run, Desk(log, watch), stop)
        log.add("info", f"ended: {ending.status} {ending.error_message or ''}".rstrip())
        return _finish(settings, databases, run, ending)


def _ending(
    settings: Settings, databases: Databases, run: Run, desk: Desk, stop: process.Stop
) -> Ending:
    try:
        source = find_source(settings, run.source)
        epoch = _take_fence(databases, run)
        return _Supervision(settings, databases, run, source, desk, stop).carry_out(epoch)
    except SyncError as exc:
        fault = Fault(exc.code, str(exc))
    except Exception as exc:  # noqa: BLE001 - the top of a process: the run must end
        fault = Fault("crashed", f"The supervisor failed: {type(exc).__name__}.")
    return failed_ending(databases, run, fault)


def _finish(settings: Settings, databases: Databases, run: Run, ending: Ending) -> Run:
    """Tries again while the control database is locked, as long as the lease could hold."""
    deadline_s = monotonic_s() + settings.lease_s
    while True:
        try:
            return lifecycle.finish(databases, run, ending)
        except IllegalTransition:  # reaped meanwhile: that end stands
            with databases.control.read() as session:
                return runs.get_run(session, run.id)
        except DatabaseError:
            if monotonic_s() > deadline_s:
                raise
            time.sleep(FINISH_AGAIN_S)


def _take_fence(databases: Databases, run: Run) -> int:
    with databases.data.write() as session:
        epoch = raise_fence(session, run.source, run.id, utc_now()).epoch
    with databases.control.write() as session:
        if not runs.update_running(session, run.id, {"epoch": epoch}):
            raise IllegalTransition(f"Run {run.id} was ended before it began.")
    return epoch


class _Supervision:
    """One child from its start to its end."""

    def __init__(
        self,
        settings: Settings,
        databases: Databases,
        run: Run,
        source: Source,
        desk: Desk,
        stop: process.Stop,
    ) -> None:
        self.settings, self.databases, self.run, self.source = settings, databases, run, source
        self.desk, self.stop = desk, stop
        self.limits = Limits(settings, source)
        self.reporter = Reporter(settings, databases, run)
        self.fault: Fault | None = None
        self.asked_s: float | None = None

    def carry_out(self, epoch: int) -> Ending:
        with self._child(epoch) as child:
            self._listen(child)
            self.desk.progress.heard.exit_code = child.wait()
        self.reporter.tell_last(self.desk.progress)
        if self.fault is not None:
            return failed_ending(self.databases, self.run, self.fault)
        return ending_of(self.databases, self.source, self.run, self.desk.progress.heard)

    @contextmanager
    def _child(self, epoch: int) -> Iterator["subprocess.Popen[bytes]"]:
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
            process.kill_group(who)  # what the child started, and left behind
            if child.stdin is not None:
                child.stdin.close()

    def _order(self, epoch: int) -> Order:
        choice = self.run.choice
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

    def _listen(self, child: "subprocess.Popen[bytes]") -> None:
        """Until the child and both its pipes have ended; limits and cancel hold all the time."""
        listener, who = Listener(child), process.identity(child.pid)
        ended_s: float | None = None
        heard_all = False
        while child.poll() is None or not heard_all:
            heard_all = self._take_next(listener) or heard_all
            self._look_for_a_fault()
            if self.fault is not None:
                self._end(child, who)
            if child.poll() is not None:
                ended_s = ended_s or monotonic_s()
                if monotonic_s() - ended_s > LEFTOVERS_S:
                    process.kill_group(who)  # a grandchild holds the pipes

    def _take_next(self, listener: Listener) -> bool:
        """Whether the child will say nothing more."""
        try:
            event = listener.events.get(timeout=LISTEN_S)
        except Empty:
            return False
        if event is None:
            return True
        if self.desk.take(event):
            self.limits.moved()
        return False

    def _look_for_a_fault(self) -> None:
        """The lease is renewed also while the child is being ended."""
        asked = self.reporter.tell(self.desk.progress)
        if self.fault is None:
            self.fault = self._signalled() or self.limits.passed() or asked

    def _signalled(self) -> Fault | None:
        name = self.stop.signal
        return Fault("cancelled", f"Cancelled by {name} to its supervisor.") if name else None

    def _end(self, child: "subprocess.Popen[bytes]", who: process.Identity) -> None:
        """Asks once, and kills the group when the grace is over."""
        now = monotonic_s()
        if self.asked_s is None:
            self.asked_s = now
            self.desk.log.add("warning", f"ending the child: {self.fault}")
            process.ask_to_end(child)
        elif now - self.asked_s > self.settings.cancel_grace_s:
            process.kill_group(who)
