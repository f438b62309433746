"""Says how a run gets on, at most four times a second: units, records, rate, time left."""

from collections.abc import Mapping, Sequence
from statistics import fmean
from threading import Lock

from sync_core.base.clock import monotonic_s
from sync_core.engine.events import emit
from sync_core.engine.source import Page, Unit
from sync_core.store.ledger import UnitOutcome

EVERY_S = 0.25
RECORD = b"{"  # once a record: the gateway's contract knows nothing nested


class Progress:
    """`durations_s`: how long each unit took in the run before, where that is known."""

    def __init__(self, units: Sequence[Unit], durations_s: Mapping[str, float]) -> None:
        usual_s = fmean(durations_s.values()) if durations_s else 1.0
        self._weights = {unit.name: durations_s.get(unit.name, usual_s) for unit in units}
        self._known = bool(durations_s)
        self._total = self._weight_left = sum(self._weights.values())
        self._started_s = monotonic_s()
        self._said_s = 0.0
        self._settled = self._records = 0
        self._on_the_way: dict[str, int] = {}
        self._lock = Lock()

    def page(self, unit: Unit, pages: Sequence[Page]) -> None:
        """A page has arrived. A unit of one page is counted when it is merged."""
        if len(pages) < 2:
            return
        new = pages if len(pages) == 2 else pages[-1:]
        records = sum(page.data.count(RECORD) for page in new)
        with self._lock:
            self._on_the_way[unit.name] = self._on_the_way.get(unit.name, 0) + records
            self._say(unit.name)

    def settled(self, outcome: UnitOutcome) -> None:
        """A unit was merged, or has failed."""
        with self._lock:
            self._on_the_way.pop(outcome.unit, None)
            self._settled += 1
            self._records += outcome.counts.get("fetched", 0)
            self._weight_left -= self._weights[outcome.unit]
            self._say(outcome.unit)

    def _say(self, unit: str) -> None:
        now_s = monotonic_s()
        if now_s - self._said_s < EVERY_S:
            return
        self._said_s = now_s
        elapsed_s = now_s - self._started_s
        records = self._records + sum(self._on_the_way.values())
        emit(
            "progress",
            unit=unit,
            units_done=self._settled,
            units_total=len(self._weights),
            records=records,
            rate=round(records / elapsed_s, 1) if elapsed_s else None,
            left_s=self._left_s(elapsed_s),
        )

    def _left_s(self, elapsed_s: float) -> float | None:
        """This run's pace so far, over what the open units took in the run before."""
        done = self._total - self._weight_left
        if self._settled and done > 0:
            return round(elapsed_s * max(self._weight_left, 0.0) / done, 1)
        if self._known and len(self._weights) == 1:
            return round(max(self._total - elapsed_s, 0.0), 1)
        return None
