"""Ends runs whose supervisor died, sleeps, or lets them go beyond their bounds.

The order matters: first what is left of the processes, then the fence, then the run's state.
"""

from datetime import timedelta

from sync_core.base.clock import utc_now
from sync_core.base.errors import DatabaseError, IllegalTransition, LostFence
from sync_core.base.settings import Settings
from sync_core.runs import lifecycle, process
from sync_core.runs.process import Identity
from sync_core.runs.proof import Fault, failed_ending
from sync_core.runs.run_clock import now_of
from sync_core.store import runs
from sync_core.store.control import Run
from sync_core.store.engines import Databases
from sync_core.store.fence import raise_fence

SLACK = timedelta(seconds=4)
"""What a supervisor that works may need beyond a bound, and the grace, to see to it itself."""


def reap(settings: Settings, databases: Databases) -> list[int]:
    """The ids of the runs that it ended. Safe to call from many processes at once."""
    with databases.control.read() as session:
        active = runs.active_runs(session)
    return [
        run.id
        for run in active
        if (fault := why_over(settings, run)) is not None and _end(databases, run, fault)
    ]


def why_over(settings: Settings, run: Run) -> Fault | None:
    """Why an active run must be ended from outside; None where its supervisor may go on."""
    grace = timedelta(seconds=settings.cancel_grace_s) + SLACK
    asked_at, now = run.cancel_requested_at, now_of(run)
    if asked_at is not None and (_is_dead(run) or utc_now() > asked_at + grace):
        return Fault("cancelled", f"Cancelled by {run.cancel_requested_by}.")
    if _is_dead(run):
        return _death(run)
    if run.ends_by is not None and now > run.ends_by + grace:
        return Fault("timeout", "The run passed its time limit, and its supervisor let it.")
    return None


def _is_dead(run: Run) -> bool:
    supervisor = _identity(run, run.supervisor_pid, run.supervisor_started)
    gone = supervisor is not None and process.is_gone(supervisor)
    return gone or run.lease_until < now_of(run)


def _death(run: Run) -> Fault:
    if run.started_at is None:
        never = "The run was claimed, but no supervisor ever came. Start it again."
        return Fault("crashed", never)
    done = f" {run.units_done} units were committed and stay." if run.units_done else ""
    return Fault("crashed", f"The run's supervisor gave no sign of life.{done} Start it again.")


def _identity(run: Run, pid: int | None, started: float | None) -> Identity | None:
    if run.host is None or run.boot_id is None or pid is None or started is None:
        return None
    return Identity(run.host, run.boot_id, pid, started)


def _end(databases: Databases, run: Run, fault: Fault) -> bool:
    for pid, started in (
        (run.supervisor_pid, run.supervisor_started),
        (run.child_pid, run.child_started),
    ):
        who = _identity(run, pid, started)
        if who is not None:
            process.kill_group(who)
    _shut_out(databases, run)
    try:
        lifecycle.finish(databases, run, failed_ending(databases, run, fault))
    except IllegalTransition:  # another reaper was faster
        return False
    return True


def _shut_out(databases: Databases, run: Run) -> None:
    """Also where the run never took the fence: should its supervisor wake, it finds it taken."""
    try:
        with databases.data.write() as session:
            raise_fence(session, run.source, run.id, utc_now())
    except LostFence:  # a newer run holds it
        return
    except DatabaseError:  # the run must end all the same; the next one raises the fence
        return
