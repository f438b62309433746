"""The units of one run: what became of each, and those that it has not come to."""

from dataclasses import fields
from typing import Any

from sync_core.inspect.views import RunView, UnitView
from sync_core.store import history, ledger
from sync_core.store.control import COUNTS, PENDING
from sync_core.store.engines import Databases, Session
from sync_core.store.ledger import UnitOutcome, refused_values

SAME = (
    *("unit", "status", "error_class", "error_message"),
    *("duration_s", "finished_at", "skipped", "repeats"),
)


def units_of(databases: Databases, control: Session, run: RunView) -> tuple[UnitView, ...]:
    """Those that failed first, then by name from the newest term down; those that wait are last.

    While a run goes on, the ledger alone knows them: they are copied when it ends. A run that ended
    before its first unit has none.
    """
    with databases.data.read() as data:
        waiting = ledger.waiting_units(data, run.id, run.source)
        came = ledger.outcomes_of(data, run.id, run.source) if run.is_active else []
    if run.is_active:
        ended = sorted(map(_ended, came), key=lambda unit: unit.unit, reverse=True)
        ended.sort(key=lambda unit: unit.status)
    else:
        rows = history.units_of_run(control, run.id, UnitView.__match_args__)
        ended = [UnitView(*row) for row in rows]
    tried = bool(ended) or run.is_active
    return (*ended, *map(_waiting, sorted(waiting, reverse=True))) if tried else ()


def _ended(outcome: UnitOutcome) -> UnitView:
    values: dict[str, Any] = {
        **{name: getattr(outcome, name) for name in SAME},
        **refused_values(outcome.refused),
        **outcome.counts,
    }
    return UnitView(**values)


def _waiting(unit: str) -> UnitView:
    values: dict[str, Any] = {
        **dict.fromkeys(field.name for field in fields(UnitView)),
        **dict.fromkeys((*COUNTS, "repeats"), 0),
    }
    return UnitView(
        **values | {"unit": unit, "status": PENDING, "duration_s": 0.0, "skipped": False}
    )
