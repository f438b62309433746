"""Starts a run: checks, claims, and launches a detached supervisor. The caller goes on at once."""

import sys
from contextlib import suppress

from sync_core.access.permissions import RUN, Actor, require
from sync_core.base.errors import ConfigError, DatabaseError, SyncError
from sync_core.base.paths import PACKAGE_ROOT
from sync_core.base.settings import Settings
from sync_core.engine.plan import make_plan
from sync_core.engine.reference import read_reference
from sync_core.engine.source import Choice, Source, find_source
from sync_core.ops.stored import with_stored
from sync_core.runs import lifecycle, process
from sync_core.runs.lifecycle import Request
from sync_core.runs.process import Identity
from sync_core.runs.proof import Fault, failed_ending, fault_of
from sync_core.runs.reaper import reap
from sync_core.store import ledger, runs
from sync_core.store.control import Run
from sync_core.store.engines import Databases


def start_run(
    settings: Settings,
    databases: Databases,
    source_name: str,
    *,
    actor: Actor,
    trigger: str = "manual",
    choice: Choice = Choice(),  # noqa: B008 — frozen
    verify: bool = False,
) -> int:
    """The new run's id. Raises ConfigError, Denied, Busy: then nothing was changed."""
    request = Request(by=actor, trigger=trigger, choice=choice, verify=verify)
    run = claim_run(settings, databases, source_name, request)
    launch(settings, databases, run)
    return run.id


def launch(settings: Settings, databases: Databases, run: Run) -> None:
    """A supervisor for a claimed run. Where none can be started the run ends at once."""
    try:
        supervisor = _spawn(settings, run)
    except OSError as exc:
        fault = fault_of(exc, "The supervisor's process could not be started.")
        lifecycle.finish(databases, run, failed_ending(databases, run, fault))
        raise SyncError(fault.message, hint="Check free memory, disk and process limits.") from exc
    with suppress(DatabaseError), databases.control.write() as session:
        runs.note_supervisor(session, run.id, supervisor.pid, supervisor.started)


def record_refusal(
    settings: Settings,
    databases: Databases,
    source_name: str,
    *,
    actor: Actor,
    trigger: str,
    choice: Choice,
    error: ConfigError,
) -> int:
    """A start that nobody watches leaves its refusal in the history: the failed run's id.

    Raises ConfigError for an unknown source, Busy.
    """
    require(actor, RUN)
    source = find_source(settings, source_name)
    request = Request(by=actor, trigger=trigger, choice=choice)
    known = settings
    with suppress(ConfigError):  # what is stored may be the very thing that is refused
        known = with_stored(settings, databases)
    run = lifecycle.claim(known, databases, source, request)
    fault = Fault(error.code, str(error))
    return lifecycle.finish(databases, run, failed_ending(databases, run, fault)).id


def claim_run(settings: Settings, databases: Databases, source_name: str, request: Request) -> Run:
    """Everything that can be refused is refused here, before anything is written."""
    require(request.by, RUN)
    source = find_source(settings, source_name)
    account = with_stored(settings, databases)
    account.require_gateway()
    _check_plan(account, databases, source, request.choice)
    reap(settings, databases)
    return lifecycle.claim(account, databases, source, request)


def _check_plan(settings: Settings, databases: Databases, source: Source, choice: Choice) -> None:
    """Raises ConfigError for an empty plan. A database in trouble is the run's own failure."""
    try:
        with databases.data.read() as session:
            reference = read_reference(session, settings)
            succeeded = ledger.succeeded_units(session, source.name)
    except DatabaseError:
        return
    make_plan(source, reference, choice, succeeded)


def _spawn(settings: Settings, run: Run) -> Identity:
    settings.log_folder.mkdir(parents=True, exist_ok=True)
    with (settings.log_folder / "supervisors.log").open("ab") as output:
        return process.spawn_detached(
            [sys.executable, "-m", "sync_core", "supervise", str(run.id)], PACKAGE_ROOT, output
        )
