"""The process that fetches and merges. It writes only the data database, and reports by events.

It ends itself when its supervisor is gone, and commits nothing once the fence is lost.
"""

import os
import sys
import traceback
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Thread

from sync_core.base.clock import utc_now
from sync_core.base.errors import (
    AuthRefused,
    GatewayFault,
    LostFence,
    SyncError,
    TooSlow,
    Unreachable,
)
from sync_core.base.redact import keep_secret, redact
from sync_core.base.settings import Settings, load
from sync_core.engine.events import emit
from sync_core.engine.fetching import Fetched, fetch_units
from sync_core.engine.order import Order
from sync_core.engine.plan import Plan, make_plan
from sync_core.engine.reference import read_reference
from sync_core.engine.source import Reference, Source
from sync_core.engine.unit import Writer
from sync_core.store import ledger
from sync_core.store.control import FAILED, SUCCESS
from sync_core.store.engines import Databases, open_databases

STDIN = 0
GIVE_UP_AFTER = 16  # units in a row that no retry saved: the gateway is down for this run


@dataclass(slots=True)
class Tally:
    """What became of the planned units so far."""

    done: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    messages: dict[str, str] = field(default_factory=dict)
    failed_in_a_row: int = 0
    gave_up: bool = False

    def add(self, error: SyncError | None) -> None:
        if error is None:
            self.done, self.failed_in_a_row = self.done + 1, 0
            return
        self.failed[error.code] += 1
        self.failed_in_a_row += _is_the_gateways(error)
        self.messages.setdefault(error.code, redact(str(error)))
        refused = isinstance(error, AuthRefused)
        self.gave_up = refused or self.failed_in_a_row >= GIVE_UP_AFTER


def _is_the_gateways(error: SyncError) -> bool:
    """A call that even its retries did not save; a 403 or a bad answer is the unit's own."""
    return isinstance(error, Unreachable | TooSlow) or (
        isinstance(error, GatewayFault) and error.retryable
    )


def run_child(source: Source, order: Order) -> int:
    """Carries out an order; the exit code. The last event printed is the summary."""
    _end_with_supervisor()
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
        plan, writer = _prepare(source, order, settings, databases)
        emit(
            "plan",
            mode=order.mode,
            units_total=len(plan.units),
            left_out=plan.left_out,
        )
        tally = _fetch_and_merge(plan, writer, settings)
        missing = 0
        if plan.is_full and tally.done == len(plan.units):
            missing = writer.mark_missing()
        return _summarise(plan, tally, missing)
    finally:
        databases.dispose()


def _prepare(
    source: Source, order: Order, settings: Settings, databases: Databases
) -> tuple[Plan, Writer]:
    with databases.data.write() as session:
        ledger.check_fence(session, order.fence)
        reference: Reference = read_reference(session, settings)
        succeeded = ledger.succeeded_units(session, source.name)
        plan = make_plan(source, reference, order.choice, succeeded)
        ranks = {unit.name: unit.rank for unit in (*plan.full, *plan.units)}
        ledger.register_plan(session, source.name, ranks, {unit.name for unit in plan.full})
        ledger.open_units(session, source.name, [unit.name for unit in plan.units])
        ids = ledger.unit_ids(session, source.name)
    return plan, Writer(databases.data, source, reference, order.fence, ids)


def _fetch_and_merge(plan: Plan, writer: Writer, settings: Settings) -> Tally:
    tally = Tally()
    workers = min(settings.concurrency, len(plan.units))
    with (
        ThreadPoolExecutor(workers, thread_name_prefix="fetch") as pool,
        writer.source.connect(settings) as connection,
    ):
        for fetched in fetch_units(pool, writer.source, connection, plan.units, workers):
            _settle(writer, fetched, tally)
            if tally.gave_up:
                break
    return tally


def _settle(writer: Writer, fetched: Fetched, tally: Tally) -> None:
    if fetched.error is None:
        outcome = writer.apply(fetched.unit, fetched.records, fetched.started_s)
        emit("unit_done", unit=outcome.unit, duration_s=outcome.duration_s, **outcome.counts)
    else:
        outcome = writer.fail(fetched.unit, fetched.error, fetched.started_s)
        emit(
            "unit_failed",
            unit=outcome.unit,
            duration_s=outcome.duration_s,
            error_class=outcome.error_class,
            error_message=outcome.error_message,
        )
    tally.add(fetched.error)


def _summarise(plan: Plan, tally: Tally, missing: int) -> int:
    if tally.done == len(plan.units):
        emit("summary", status=SUCCESS, missing=missing, at=utc_now().isoformat())
        return 0
    commonest = tally.failed.most_common(1)[0][0]
    emit(
        "summary",
        status=FAILED,
        error_class="partial" if tally.done else commonest,
        error_message=_sentence(plan, tally, commonest),
        missing=0,
    )
    return 1


def _sentence(plan: Plan, tally: Tally, commonest: str) -> str:
    if len(plan.units) == 1:
        return tally.messages[commonest]
    failed, total = tally.failed.total(), len(plan.units)
    untried = total - failed - tally.done
    left = f", {untried} were not tried" if untried else ""
    return f"{failed} of {total} units failed{left}. {tally.messages[commonest]}"[:500]


def _end_with_supervisor() -> None:
    """The supervisor holds the other end of our stdin: its end means that it is gone."""

    def wait() -> None:
        while os.read(STDIN, 64):  # not sys.stdin: its lock would outlive the interpreter
            pass
        os._exit(1)

    Thread(target=wait, daemon=True, name="supervisor-watch").start()
