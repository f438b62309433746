"""Supervises one run: takes the source over, lets a child do the work, ends the run.

While its lease holds, the supervisor alone writes the run. Whatever goes wrong here ends the run as
failed: an exception must not leave it `running`.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sync_core.base import failpoint
from sync_core.base.clock import monotonic_s, utc_now
from sync_core.base.errors import DatabaseError, IllegalTransition, SyncError
from sync_core.base.settings import Settings
from sync_core.engine.order import order_of
from sync_core.engine.source import find_source
from sync_core.ops.stored import environment_of, with_stored
from sync_core.runs import lifecycle, process
from sync_core.runs.lease import Lease, open_impatient
from sync_core.runs.lifecycle import Ending
from sync_core.runs.log import RunLog
from sync_core.runs.proof import Fault, ending_of, failed_ending, fault_of
from sync_core.runs.snapshot import snapshot
from sync_core.runs.supervision import Supervision
from sync_core.runs.watch import Desk, Limits, Reporter, Watcher, ignore
from sync_core.store import runs
from sync_core.store.control import Run
from sync_core.store.engines import Databases
from sync_core.store.fence import raise_fence

FINISH_AGAIN_S = 1.0


def supervise(
    settings: Settings, databases: Databases, run_id: int, watch: Watcher = ignore
) -> Run:
    """Takes a claimed run to its end and returns it as it ended. Raises IllegalTransition."""
    with process.stop_signals() as stop, RunLog(settings.run_log(run_id)) as log:
        run = lifecycle.begin(settings, databases, run_id, process.identity())
        log.add("info", f"run {run.id} of {run.source}, mode {run.mode}, by {run.requested_by}")
        with _impatient(settings) as quick:
            reporter, desk = Reporter(quick.control, run), Desk(log, watch)
            child = Supervision(databases.control, run, reporter, desk, stop)
            with Lease(settings, quick.control, run, on_loss=child.kill) as lease:
                ending = _ending(settings, databases, child, lease)
                log.add("info", f"ended: {ending.status} {ending.error_message or ''}".rstrip())
                return _finish(databases, run, ending, lease, settings.lease_s)


@contextmanager
def _impatient(settings: Settings) -> Iterator[Databases]:
    databases = open_impatient(settings)
    try:
        yield databases
    finally:
        databases.dispose()


def _ending(settings: Settings, databases: Databases, child: Supervision, lease: Lease) -> Ending:
    run = child.run
    try:
        source = find_source(settings, run.source)
        effective = with_stored(settings, databases)
        environment = environment_of(effective, settings)
        limits = Limits(effective, source)
        epoch = _take_fence(effective, databases, run, limits.total_s)
        environment |= order_of(run, epoch).as_environment()
        fault = child.carry_out(source, environment, limits, lease)
        lease.pulse()
        if fault is None:
            return ending_of(databases, source, run, child.heard)
    except SyncError as exc:
        fault = Fault(exc.code, str(exc))
    except OSError as exc:
        fault = fault_of(exc, f"The supervisor failed: {type(exc).__name__}.")
    except Exception as exc:  # noqa: BLE001 - the top of a process: the run must end
        fault = Fault("crashed", f"The supervisor failed: {type(exc).__name__}.")
    return failed_ending(databases, run, fault)


def _take_fence(settings: Settings, databases: Databases, run: Run, limit_s: float) -> int:
    with databases.data.write() as session:
        epoch = raise_fence(session, run.source, run.id, utc_now()).epoch
    failpoint.reach(failpoint.FENCED)
    ends_by = (run.started_at or run.created_at) + timedelta(seconds=limit_s)
    with databases.control.write() as session:
        values = {"epoch": epoch, "ends_by": ends_by, "settings": snapshot(settings)}
        if not runs.update_running(session, run.id, values):
            raise IllegalTransition(f"Run {run.id} was ended before it began.")
    return epoch


def _finish(databases: Databases, run: Run, ending: Ending, lease: Lease, patience_s: float) -> Run:
    """Tries again while the control database is locked, as long as the lease could hold."""
    deadline_s = monotonic_s() + patience_s
    while True:
        lease.pulse()
        try:
            return lifecycle.finish(databases, run, ending)
        except IllegalTransition:  # reaped meanwhile: that end stands
            with databases.control.read() as session:
                return runs.get_run(session, run.id)
        except DatabaseError:
            if monotonic_s() > deadline_s:
                raise
            time.sleep(FINISH_AGAIN_S)
