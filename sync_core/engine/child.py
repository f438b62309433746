"""The process that fetches and merges. It writes only the data database, and reports by events.

It ends itself when its supervisor is gone, and commits nothing once the fence is lost.
"""

import gc
import os
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Thread

from sync_core.base.errors import LostFence, SyncError, TooManyMissing
from sync_core.base.redact import redact
from sync_core.base.settings import Settings, load
from sync_core.engine.awake import Awake
from sync_core.engine.circuit import Circuit
from sync_core.engine.events import emit
from sync_core.engine.fetching import Fetcher
from sync_core.engine.guards import Bounds, Guards
from sync_core.engine.order import Order
from sync_core.engine.plan import Plan, make_plan
from sync_core.engine.progress import Progress
from sync_core.engine.reference import read_reference
from sync_core.engine.source import Reference, Source
from sync_core.engine.tally import Tally, tell_end, tell_refused, tell_unit
from sync_core.engine.writer import Job, Writer
from sync_core.store import ledger
from sync_core.store.control import FAILED
from sync_core.store.engines import Databases, open_databases
from sync_core.store.fence import check_fence
from sync_core.store.ledger import Refused

STDIN = 0
COLLECT_AFTER = (100_000, 50, 100)


def run_child(source: Source, order: Order) -> int:
    """Carries out an order; the exit code. The last event printed is the summary."""
    if not os.read(STDIN, 1):  # the supervisor died before it had us on record
        return 1
    _end_with_supervisor()
    _collect_seldom()
    try:
        return _run(source, order, load())
    except LostFence as exc:
        sys.stderr.write(f"{exc}\n")
        return 1
    except SyncError as exc:
        emit("summary", status=FAILED, error_class=exc.code, error_message=redact(str(exc)))
        return exc.exit_code
    except Exception as exc:  # noqa: BLE001 - the top of a process
        return _crashed(exc)


def _crashed(exc: Exception) -> int:
    """Says where, but not the error's message: that one may hold somebody's data."""
    sys.stderr.write("".join(traceback.format_tb(exc.__traceback__)))
    message = f"Unexpected {type(exc).__name__} in the source's process; see the run's log."
    emit("summary", status=FAILED, error_class="crashed", error_message=message)
    return 1


def _run(source: Source, order: Order, settings: Settings) -> int:
    databases = open_databases(settings)
    try:
        durations_s = _durations_s(databases, source)
        reference, plan, refused = _prepare(source, order, settings, databases)
        states = _states(databases, source)
        bounds = Bounds.of(settings)
        guards = Guards.of(order.run_id, order.accepts, refused, states, bounds)
        job = Job(source, reference, order.fence, guards, order.verify)
        awake = Awake(settings.lease_lost_s)
        writer = Writer(databases.data, job, states, awake.check)
        writer.begin()
        emit("plan", mode=order.mode, units_total=len(plan.units), left_out=plan.left_out)
        tally = _fetch_and_merge(plan, writer, Progress(plan.units, durations_s))
        missing = 0
        if plan.is_full and tally.done == len(plan.units):
            missing = writer.mark_missing()
        return tell_end(plan, tally, missing, writer.drift if order.verify else None)
    except TooManyMissing as exc:
        return tell_refused(exc)
    finally:
        databases.dispose()


def _prepare(
    source: Source, order: Order, settings: Settings, databases: Databases
) -> tuple[Reference, Plan, dict[str, Refused]]:
    """What the run may look up, what it covers, and what was refused in the run that it retries."""
    with databases.data.write() as session:
        check_fence(session, order.fence)
        reference = read_reference(session, settings)
        succeeded = ledger.succeeded_units(session, source.name)
        plan = make_plan(source, reference, order.choice, succeeded)
        ranks = {unit.name: unit.rank for unit in (*plan.full, *plan.units)}
        ledger.register_plan(session, source.name, ranks, {unit.name for unit in plan.full})
        units = [unit.name for unit in plan.units]
        ledger.open_units(session, source.name, order.run_id, units)
        return reference, plan, ledger.refused_in(session, order.accepts.run_id)


def _durations_s(databases: Databases, source: Source) -> dict[str, float]:
    """Asked before the units are opened, which takes their last outcome's place."""
    with databases.data.read() as session:
        return ledger.last_durations(session, source.name)


def _states(databases: Databases, source: Source) -> dict[str, ledger.UnitState]:
    with databases.data.read() as session:
        return ledger.unit_states(session, source.name)


def _fetch_and_merge(plan: Plan, writer: Writer, progress: Progress) -> Tally:
    tally, source = Tally(), writer.job.source
    settings = writer.job.reference.settings
    workers = min(settings.concurrency, len(plan.units))
    with (
        ThreadPoolExecutor(workers, thread_name_prefix="fetch") as pool,
        source.connect(settings) as connection,
    ):
        most_bytes = settings.answer_max_bytes
        fetcher = Fetcher(pool, source, connection, workers, progress, most_bytes)
        circuit = Circuit(lambda: fetcher.fetch_aside(plan.units[-1]).error)
        with closing(fetcher.fetch_all(plan.units)) as arriving:
            for group in arriving:
                for outcome, error, _ in writer.apply(group):
                    tell_unit(outcome)
                    progress.settled(outcome)
                    tally.add(outcome.unit, error)
                    circuit.note(error)
                if circuit.is_open:
                    break
    return tally


def _collect_seldom() -> None:
    """A million records are made and let go without a cycle among them: to look for cycles at every
    700th object takes a seventh of a first sync. What was imported is never looked at again.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


def _end_with_supervisor() -> None:
    """The supervisor holds the other end of our stdin: its end means that it is gone."""

    def wait() -> None:
        while os.read(STDIN, 64):  # not sys.stdin: its lock would outlive the interpreter
            pass
        os._exit(1)

    Thread(target=wait, daemon=True, name="supervisor-watch").start()
