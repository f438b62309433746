"""The history of runs: pages of it, one run with its units, runs a day."""

from collections import deque
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from sync_core.base.clock import tehran_today, utc_now
from sync_core.base.errors import UnknownRun
from sync_core.base.jalali import tehran_date
from sync_core.engine.order import GUARDS, SHRINK
from sync_core.inspect.views import RunView, UnitView
from sync_core.store import history as store
from sync_core.store.control import FAILED, SUCCESS
from sync_core.store.engines import Databases
from sync_core.store.history import HistoryFilter

__all__ = ["Day", "HistoryFilter", "HistoryPage", "RunDetail"]

PER_PAGE = 25
LOG_LINES = 200
LOG_LINE_LENGTH = 2_000


@dataclass(frozen=True, slots=True)
class HistoryPage:
    rows: tuple[RunView, ...]
    total: int


@dataclass(frozen=True, slots=True)
class RunDetail:
    run: RunView
    units: tuple[UnitView, ...]

    @property
    def refused(self) -> tuple[UnitView, ...]:
        """Units that a guard did not let in."""
        return tuple(unit for unit in self.units if unit.refused_by is not None)

    @property
    def refused_kinds(self) -> tuple[str, ...]:
        """The guards whose refusals an operator may accept."""
        kinds = {unit.refused_by for unit in self.refused}
        if self.run.refused_missing is not None:
            kinds.add(SHRINK)
        return tuple(kind for kind in GUARDS if kind in kinds)


@dataclass(frozen=True, slots=True)
class Day:
    """Runs that began on one day in Tehran; `date` is Gregorian."""

    date: date
    success: int
    failed: int


def history_page(databases: Databases, which: HistoryFilter, page: int) -> HistoryPage:
    """Newest first; pages count from 1, and one beyond the last is empty."""
    with databases.control.read() as session:
        rows = store.runs_page(session, which, skip=(page - 1) * PER_PAGE, limit=PER_PAGE)
        total = store.count_runs(session, which)
        return HistoryPage(rows=tuple(RunView.of(row) for row in rows), total=total)


def run_detail(databases: Databases, run_id: int) -> RunDetail:
    """Raises UnknownRun."""
    with databases.control.read() as session:
        run = store.find_run(session, run_id)
        if run is None:
            raise UnknownRun(f"There is no run {run_id}.", hint="Choose one from the history.")
        units = store.units_of_run(session, run_id)
        return RunDetail(RunView.of(run), tuple(UnitView.of(unit) for unit in units))


def runs_by_day(
    databases: Databases, which: HistoryFilter, days: int, now: datetime | None = None
) -> list[Day]:
    """One entry a day, oldest first, empty days included; runs that still go on are left out."""
    now = now or utc_now()
    today = tehran_date(now)
    dates = [today - timedelta(days=back) for back in range(days - 1, -1, -1)]
    with databases.control.read() as session:
        outcomes = store.outcomes_since(session, which, now - timedelta(days=days))
    found = [(tehran_date(at), status) for at, status in outcomes]
    return [Day(day, found.count((day, SUCCESS)), found.count((day, FAILED))) for day in dates]


def history_mark(databases: Databases) -> tuple[object, ...]:
    """Changes whenever the history does, and at midnight in Tehran; a key for caches."""
    with databases.control.read() as session:
        return (tehran_today(), *store.history_mark(session))


def log_tail(path: Path, lines: int = LOG_LINES) -> str | None:
    """The last lines of a run's log, or None where there is no log (any more)."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            kept = deque((line.rstrip("\n")[:LOG_LINE_LENGTH] for line in file), maxlen=lines)
    except FileNotFoundError:
        return None
    return "\n".join(kept)
