"""The process that fetches and merges. It writes only the data database, and reports by events.

It ends itself when its supervisor is gone, and commits nothing once the fence is lost.
"""

import gc
import os
import sys
import traceback
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from threading import Thread

from sync_core.base.clock import utc_now
from sync_core.base.errors import LostFence, Shrunk, SyncError, TooManyMissing
from sync_core.base.redact import keep_secret, redact
from sync_core.base.settings import Settings, load
from sync_core.engine.awake import Awake
from sync_core.engine.circuit import Circuit
from sync_core.engine.events import emit
from sync_core.engine.fetching import Fetcher
from sync_core.engine.guards import Guards
from sync_core.engine.order import Order
from sync_core.engine.plan import Plan, make_plan
from sync_core.engine.progress import Progress
from sync_core.engine.reference import read_reference
from sync_core.engine.source import Reference, Source
from sync_core.engine.writer import Job, Writer
from sync_core.store import ledger
from sync_core.store.control import FAILED, SUCCESS
from sync_core.store.engines import Databases, open_databases
from sync_core.store.fence import check_fence
from sync_core.store.ledger import Refused, UnitOutcome

STDIN = 0
COLLECT_AFTER = (100_000, 50, 100)
LONGEST_SLEEP_SHARE = 0.75  # of the lease


@dataclass(slots=True)
class Tally:
    """What became of the planned units so far: those that failed, by error class."""

    done: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    messages: dict[str, str] = field(default_factory=dict)
    units: dict[str, list[str]] = field(default_factory=dict)

    def add(self, unit: str, error: SyncError | None) -> None:
        if error is None:
            self.done += 1
            return
        self.failed[error.code] += 1
        self.units.setdefault(error.code, []).append(unit)
        self.messages.setdefault(error.code, redact(str(error)))


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
    keep_secret(settings.gateway_password)
    databases = open_databases(settings)
    try:
        reference, plan, refused = _prepare(source, order, settings, databases)
        states, durations_s = _remembered(databases, source)
        guards = Guards.of(order.run_id, order.accepts, refused, states)
        job = Job(source, reference, order.fence, guards, order.verify)
        awake = Awake(settings.lease_s * LONGEST_SLEEP_SHARE)
        writer = Writer(databases.data, job, states, awake.check)
        writer.begin()
        emit("plan", mode=order.mode, units_total=len(plan.units), left_out=plan.left_out)
        tally = _fetch_and_merge(plan, writer, Progress(plan.units, durations_s))
        missing = 0
        if plan.is_full and tally.done == len(plan.units):
            missing = writer.mark_missing()
        return _summarise(plan, tally, missing, writer.drift if order.verify else None)
    except TooManyMissing as exc:
        return _refused(exc)
    finally:
        databases.dispose()


def _refused(error: TooManyMissing) -> int:
    emit(
        "summary",
        status=FAILED,
        error_class=error.code,
        error_message=str(error),
        refused_missing=error.people,
    )
    return 1


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
        ledger.open_units(session, source.name, [unit.name for unit in plan.units])
        return reference, plan, ledger.refused_in(session, order.accepts.run_id)


def _remembered(
    databases: Databases, source: Source
) -> tuple[dict[str, ledger.UnitState], dict[str, float]]:
    with databases.data.read() as session:
        states = ledger.unit_states(session, source.name)
        return states, ledger.last_durations(session, source.name)


def _fetch_and_merge(plan: Plan, writer: Writer, progress: Progress) -> Tally:
    tally, source = Tally(), writer.job.source
    settings = writer.job.reference.settings
    workers = min(settings.concurrency, len(plan.units))
    with (
        ThreadPoolExecutor(workers, thread_name_prefix="fetch") as pool,
        source.connect(settings) as connection,
    ):
        fetcher = Fetcher(pool, source, connection, workers, progress)
        circuit = Circuit(lambda: fetcher.fetch_aside(plan.units[-1]).error)
        with closing(fetcher.fetch_all(plan.units)) as arriving:
            for group in arriving:
                for outcome, error, _ in writer.apply(group):
                    _tell(outcome)
                    progress.settled(outcome)
                    tally.add(outcome.unit, error)
                    circuit.note(error)
                if circuit.is_open:
                    break
    return tally


def _tell(outcome: UnitOutcome) -> None:
    told = {"unit": outcome.unit, "duration_s": round(outcome.duration_s, 3)}
    if outcome.status == SUCCESS:
        emit("unit_done", **told, skipped=outcome.skipped, **outcome.counts)
        return
    why = {"error_class": outcome.error_class, "error_message": outcome.error_message}
    emit("unit_failed", **told, **why)


def _summarise(plan: Plan, tally: Tally, missing: int, drift: int | None) -> int:
    verified = {} if drift is None else {"drift": drift}
    if tally.done == len(plan.units):
        emit("summary", status=SUCCESS, missing=missing, at=utc_now().isoformat(), **verified)
        return 0
    commonest = tally.failed.most_common(1)[0][0]
    emit(
        "summary",
        status=FAILED,
        error_class="partial" if tally.done else commonest,
        error_message=_sentence(plan, tally, commonest),
        missing=0,
        **verified,
    )
    return 1


def _sentence(plan: Plan, tally: Tally, commonest: str) -> str:
    if len(plan.units) == 1:
        return tally.messages[commonest]
    failed, total = tally.failed.total(), len(plan.units)
    untried = total - failed - tally.done
    left = f", {untried} were not tried" if untried else ""
    words = f"{failed} of {total} units failed{left}. {tally.messages[commonest]}"
    others = tally.units[commonest][1:]
    return _named(words, others) if commonest == Shrunk.code and others else words


def _named(words: str, units: Sequence[str], longest: int = 500) -> str:
    """An operator who is to accept units must know which."""
    names = f"{words} The same: {', '.join(units)}."
    return names if len(names) <= longest else f"{words} So did {len(units)} others; see the run."


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
