"""One child of a supervisor, from its start to the end of its group: heard out, kept in bounds."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from queue import Empty

from sync_core.base import failpoint
from sync_core.base.clock import monotonic_s
from sync_core.base.errors import IllegalTransition
from sync_core.base.paths import PACKAGE_ROOT
from sync_core.engine.source import Source
from sync_core.runs import process
from sync_core.runs.lease import TAKEN, Lease
from sync_core.runs.listener import Listener
from sync_core.runs.proof import Fault, Heard
from sync_core.runs.watch import Desk, Limits, Reporter
from sync_core.store import runs
from sync_core.store.control import Run
from sync_core.store.engines import Database

Child = subprocess.Popen[bytes]

LISTEN_S = 0.2
LEFTOVERS_S = 2.0  # what a child that ended may leave in its pipes takes no longer to read


class Supervision:
    """`carry_out` is called once. `kill` may come from another thread at any time."""

    def __init__(
        self, control: Database, run: Run, reporter: Reporter, desk: Desk, stop: process.Stop
    ) -> None:
        self.run, self._control = run, control
        self._reporter, self._desk, self._stop = reporter, desk, stop
        self._who: process.Identity | None = None
        self._fault: Fault | None = None
        self._asked_s: float | None = None

    @property
    def heard(self) -> Heard:
        return self._desk.progress.heard

    def carry_out(
        self, source: Source, environment: Mapping[str, str], limits: Limits, lease: Lease
    ) -> Fault | None:
        """Why the child had to be ended; None where it ended by itself.

        `environment`: its order, and secrets, which no command line may hold.
        """
        self._limits, self._lease = limits, lease
        with self._child(source, environment) as child:
            self._listen(child)
            self.heard.exit_code = child.wait()
        self._reporter.tell_last(self._desk.progress)
        return self._fault or lease.look()

    def kill(self) -> None:
        if self._who is not None:
            process.kill_group(self._who)

    @contextmanager
    def _child(self, source: Source, environment: Mapping[str, str]) -> Iterator[Child]:
        """It begins only when it is on record who it is: whoever reaps the run can end it."""
        command = [sys.executable, "-m", source.module]
        child = process.spawn_child(command, environment, PACKAGE_ROOT)
        self._who = process.identity(child.pid)
        failpoint.reach(failpoint.SPAWNED)
        try:
            self._remember(self._who)
            process.let_go(child)
            yield child
        finally:
            self.kill()
            child.wait()
            self.kill()  # what the child started, and left behind
            process.close_stdin(child)

    def _remember(self, who: process.Identity) -> None:
        values = {"child_pid": who.pid, "child_started": who.started}
        with self._control.write() as session:
            if not runs.update_running(session, self.run.id, values):
                raise IllegalTransition(TAKEN.message)

    def _listen(self, child: Child) -> None:
        """Until the child and both its pipes have ended; limits and cancel hold all the time."""
        listener = Listener(child)
        ended_s: float | None = None
        heard_all = False
        while child.poll() is None or not heard_all:
            heard_all = self._take_next(listener) or heard_all
            self._lease.pulse()
            self._look_for_a_fault()
            if self._fault is not None:
                self._end(child)
            if child.poll() is not None:
                ended_s = ended_s or monotonic_s()
                if monotonic_s() - ended_s > LEFTOVERS_S:
                    self.kill()  # a grandchild holds the pipes

    def _take_next(self, listener: Listener) -> bool:
        """Whether the child will say nothing more."""
        try:
            event = listener.events.get(timeout=LISTEN_S)
        except Empty:
            return False
        if event is None:
            return True
        if self._desk.take(event):
            self._limits.moved()
        return False

    def _look_for_a_fault(self) -> None:
        """Progress is reported also while the child is being ended."""
        asked = self._reporter.tell(self._desk.progress)
        if self._fault is None:
            self._fault = self._lease.look() or self._signalled() or self._limits.passed() or asked

    def _signalled(self) -> Fault | None:
        name = self._stop.signal
        return Fault("cancelled", f"Cancelled by {name} to its supervisor.") if name else None

    def _end(self, child: Child) -> None:
        """Asks once, and kills the group when the grace is over."""
        now = monotonic_s()
        if self._asked_s is None:
            self._asked_s = now
            self._desk.log.add("warning", f"ending the child: {self._fault}")
            process.ask_to_end(child)
        elif now - self._asked_s > self._limits.grace_s:
            self.kill()
