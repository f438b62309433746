"""Ends runs whose supervisor died: by proof on this host, or because their lease is over.

The order matters: first what is left of the processes, then the fence, then the run's state.
"""

from sync_core.base.clock import utc_now
from sync_core.base.errors import DatabaseError, IllegalTransition, LostFence
from sync_core.base.settings import Settings
from sync_core.runs import lifecycle, process
from sync_core.runs.process import Identity
from sync_core.runs.proof import Fault, failed_ending
from sync_core.store import runs
from sync_core.store.control import Run
from sync_core.store.engines import Databases
from sync_core.store.fence import raise_fence


def reap(settings: Settings, databases: Databases) -> list[int]:
    """The ids of the runs that it ended. Safe to call from many processes at once."""
    with databases.control.read() as session:
        active = runs.active_runs(session)
    return [run.id for run in active if _is_dead(run) and _end(databases, run)]


def _is_dead(run: Run) -> bool:
    supervisor = _identity(run, run.supervisor_pid, run.supervisor_started)
    gone = supervisor is not None and process.is_gone(supervisor)
    return gone or run.lease_until < utc_now()


def _identity(run: Run, pid: int | None, started: float | None) -> Identity | None:
    if run.host is None or run.boot_id is None or pid is None or started is None:
        return None
    return Identity(run.host, run.boot_id, pid, started)


def _end(databases: Databases, run: Run) -> bool:
    for pid, started in (
        (run.supervisor_pid, run.supervisor_started),
        (run.child_pid, run.child_started),
    ):
        who = _identity(run, pid, started)
        if who is not None:
            process.kill_group(who)
    _shut_out(databases, run)
    try:
        lifecycle.finish(databases, run, failed_ending(databases, run, _fault(run)))
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


def _fault(run: Run) -> Fault:
    if run.cancel_requested_by:
        return Fault("cancelled", f"Cancelled by {run.cancel_requested_by}.")
    if run.supervisor_pid is None:
        never = "The run was claimed, but no supervisor ever came. Start it again."
        return Fault("crashed", never)
    done = f" {run.units_done} units were committed and stay." if run.units_done else ""
    return Fault("crashed", f"The run's supervisor gave no sign of life.{done} Start it again.")
