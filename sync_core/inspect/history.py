"""The history of runs: pages of it, and one run with its units."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sync_core.access.permissions import SEE, Actor, require
from sync_core.base.errors import UnknownRun
from sync_core.engine.order import GUARDS, SHRINK
from sync_core.inspect.run_units import units_of
from sync_core.inspect.views import RunView, UnitView
from sync_core.store import history as store
from sync_core.store.engines import Databases
from sync_core.store.history import HistoryFilter

__all__ = ["HistoryFilter", "HistoryPage", "RunDetail"]

PER_PAGE = 25


@dataclass(frozen=True, slots=True)
class HistoryPage:
    rows: tuple[RunView, ...]
    total: int


@dataclass(frozen=True, slots=True)
class RunDetail:
    """`settings`: what the run went by; see `runs.snapshot`. Empty for a run of long ago."""

    run: RunView
    units: tuple[UnitView, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)

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


def history_page(
    databases: Databases, actor: Actor, which: HistoryFilter, page: int
) -> HistoryPage:
    """Newest first; pages count from 1, and one beyond the last is empty."""
    require(actor, SEE)
    skip = (page - 1) * PER_PAGE
    with databases.control.read() as session:
        total = store.count_runs(session, which)
        rows = store.runs_page(session, which, skip=skip, limit=PER_PAGE, of=total)
        return HistoryPage(rows=tuple(RunView.of(row) for row in rows), total=total)


def run_detail(databases: Databases, actor: Actor, run_id: int) -> RunDetail:
    """Raises Denied, UnknownRun."""
    require(actor, SEE)
    with databases.control.read() as session:
        run = store.find_run(session, run_id)
        if run is None:
            raise UnknownRun(f"There is no run {run_id}.", hint="Choose one from the history.")
        view = RunView.of(run)
        return RunDetail(view, units_of(databases, session, view), run.settings or {})
