"""Ends runs whose supervisor died: by proof on this host, or because their lease is over.

The order matters: first what is left of the processes, then the fence, then the run's state.
"""

from sync_core.base.clock import utc_now
from sync_core.base.errors import DatabaseError, IllegalTransition, SyncError
from sync_core.base.settings import Settings
from sync_core.engine.source import Source, find_source
from sync_core.runs import lifecycle, process
from sync_core.runs.lifecycle import Ending
from sync_core.runs.process import Identity
from sync_core.runs.proof import Fault, failed_ending
from sync_core.store import ledger, runs
from sync_core.store.control import FAILED, Run
from sync_core.store.engines import Databases


def reap(settings: Settings, databases: Databases) -> list[int]:
    """The ids of the runs that it ended. Safe to call from many processes at once."""
    with databases.control.read() as session:
        active = runs.active_runs(session)
    return [run.id for run in active if _is_dead(run) and _end(settings, databases, run)]


def _is_dead(run: Run) -> bool:
    supervisor = _identity(run, run.supervisor_pid, run.supervisor_started)
    gone = supervisor is not None and process.is_gone(supervisor)
    return gone or run.lease_until < utc_now()


def _identity(run: Run, pid: int | None, started: float | None) -> Identity | None:
    if run.host is None or run.boot_id is None or pid is None or started is None:
        return None
    return Identity(run.host, run.boot_id, pid, started)


def _end(settings: Settings, databases: Databases, run: Run) -> bool:
    for pid, started in (
        (run.supervisor_pid, run.supervisor_started),
        (run.child_pid, run.child_started),
    ):
        who = _identity(run, pid, started)
        if who is not None:
            process.kill_group(who)
    _shut_out(databases, run)
    try:
        lifecycle.finish(databases, run, _ending(settings, databases, run))
    except IllegalTransition:  # another reaper was faster
        return False
    return True


def _shut_out(databases: Databases, run: Run) -> None:
    try:
        with databases.data.write() as session:
            if ledger.holds_fence(session, run.source, run.id):
                ledger.raise_fence(session, run.source, run.id, utc_now())
    except DatabaseError:  # nothing can be committed there now either; begin raises it again
        return


def _ending(settings: Settings, databases: Databases, run: Run) -> Ending:
    fault = Fault("crashed", _story(run))
    try:
        source: Source = find_source(settings, run.source)
    except SyncError:
        return Ending(FAILED, fault.error_class, fault.message, [])
    return failed_ending(databases, source, run, fault)


def _story(run: Run) -> str:
    if run.supervisor_pid is None:
        return "The run was claimed, but no supervisor ever came. Start it again."
    done = f" {run.units_done} units were committed and stay." if run.units_done else ""
    return f"The supervisor of the run died.{done} Start the source again."
