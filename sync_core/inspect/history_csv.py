"""The history of runs as CSV, a piece at a time. That it is taken is on record beforehand."""

from collections.abc import Iterator
from dataclasses import replace

from sync_core.access import audit
from sync_core.access.permissions import SEE, Actor, require
from sync_core.base.jalali import jalali_time
from sync_core.inspect.csv_text import csv_lines
from sync_core.inspect.views import RunView
from sync_core.store import history as store
from sync_core.store.engines import Databases
from sync_core.store.history import HistoryFilter

AT_ONCE = 1_000
COLUMNS = (
    *("id", "source", "status", "error_class", "error_message", "trigger", "mode", "requested_by"),
    *("created_at", "started_at", "finished_at", "duration_s", "units_total", "units_done"),
    *("units_failed", "fetched", "inserted", "updated", "unchanged", "stale", "duplicates"),
    *("rejected", "missing", "records"),
)
HEADER = ("jalali", *COLUMNS)


def history_csv(databases: Databases, actor: Actor, which: HistoryFilter) -> Iterator[str]:
    """Newest first; times in UTC, and `jalali`: when it was asked for, in Tehran."""
    require(actor, SEE)
    with databases.control.write() as session:
        audit.record(session, actor, audit.EXPORTED, "sync_runs")
    return csv_lines(HEADER, (_row(run) for run in _runs(databases, which)))


def _runs(databases: Databases, which: HistoryFilter) -> Iterator[RunView]:
    """No transaction stays open while somebody reads slowly."""
    while True:
        with databases.control.read() as session:
            rows = store.runs_page(session, which, skip=0, limit=AT_ONCE)
            views = [RunView.of(row) for row in rows]
        yield from views
        if len(views) < AT_ONCE:
            return
        which = replace(which, below=views[-1].id)


def _row(run: RunView) -> list[object]:
    values = [getattr(run, name) for name in COLUMNS]
    return [jalali_time(run.created_at), *map(_plain, values)]


def _plain(value: object) -> object:
    return value.isoformat(timespec="seconds") if hasattr(value, "isoformat") else value
