"""Holds a run's lease: renewed from a thread and a connection of its own, while the work goes on.

A second thread, which touches no database, watches over both. What cannot be renewed for long is
lost: the run's processes are ended before anybody else may take the source over.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from threading import Event, Thread
from typing import Self

from sync_core.base import failpoint
from sync_core.base.clock import monotonic_s
from sync_core.base.errors import DatabaseError, SyncError
from sync_core.base.settings import Settings
from sync_core.runs import process
from sync_core.runs.proof import Fault
from sync_core.runs.run_clock import now_of
from sync_core.store import runs
from sync_core.store.control import Run
from sync_core.store.engines import Database, Databases, open_databases

LOOK_SHARE = 0.02  # of the lease
IMPATIENT_S = 2.0

TAKEN = Fault("crashed", "The run was ended by somebody else.")


def open_impatient(settings: Settings) -> Databases:
    """For what comes again soon: it waits no longer for a lock than the run can spare."""
    patience_s = min(settings.busy_timeout_s, settings.heartbeat_s, IMPATIENT_S)
    return open_databases(replace(settings, busy_timeout_s=patience_s))


class Lease:
    """`on_loss` ends the run's processes. It may come from any thread, and must wait for nobody.

    The holder shows that it is at work by `pulse`; one that hangs is renewed no more.
    """

    def __init__(
        self, settings: Settings, control: Database, run: Run, on_loss: Callable[[], None]
    ) -> None:
        self._settings, self._control = settings, control
        self._longest_s = settings.lease_lost_s
        self._run, self._on_loss = run, on_loss
        self._over = Event()
        self._renewed_s = self._pulse_s = monotonic_s()  # the claim of the run gave the first lease
        self._error: SyncError | None = None
        self.fault: Fault | None = None
        """Why the lease is lost; None while it holds."""
        self._lost_s = 0.0
        self._threads = [
            Thread(target=work, daemon=True, name=name)
            for work, name in ((self._renew_on, "lease"), (self._watch, "lease-watch"))
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()

    def pulse(self) -> None:
        self._pulse_s = monotonic_s()

    def _renew_on(self) -> None:
        """What slept for too long does not renew, even where nobody has taken over yet."""
        while not self._over.wait(self._settings.heartbeat_s) and self.look() is None:
            self._renew()

    def _renew(self) -> None:
        begun_s = monotonic_s()
        until = now_of(self._run) + timedelta(seconds=self._settings.lease_s)
        try:
            with self._control.write() as session:
                held = runs.update_running(session, self._run.id, {"lease_until": until})
        except DatabaseError as exc:
            self._error = exc
            return
        if not held and not self._over.is_set():
            self._lose(TAKEN)
            return
        self._renewed_s, self._error = begun_s, None
        failpoint.reach(failpoint.FIRST_HEARTBEAT)

    def look(self) -> Fault | None:
        """Why the lease is lost; None while it holds. Also right after a long sleep."""
        if self.fault is None and self._unrenewed_s() > self._longest_s:
            self._lose(self._why())
        return self.fault

    def _watch(self) -> None:
        """Ends also a process whose own thread hangs: its lease may be another's soon."""
        patience_s = self._settings.lease_s - self._longest_s
        while not self._over.wait(self._settings.lease_s * LOOK_SHARE):
            fault = self.look()
            if fault is not None and monotonic_s() - self._lost_s > patience_s:
                self._on_loss()
                process.end_now(fault.message)

    def _unrenewed_s(self) -> float:
        return monotonic_s() - min(self._renewed_s, self._pulse_s)

    def _why(self) -> Fault:
        if self._error is not None:
            return Fault(self._error.code, str(self._error))
        return Fault("crashed", "The supervisor slept, or hung, through its lease.")

    def _lose(self, fault: Fault) -> None:
        self._lost_s = monotonic_s()  # before the fault: the watch goes by both
        self.fault = fault
        self._on_loss()
