"""One unit's records → its rows, counts and ledger, in one transaction of the data database."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sync_core.base.clock import monotonic_s, utc_now
from sync_core.base.errors import SyncError
from sync_core.base.redact import redact
from sync_core.engine.canonical import Reject, UnitRows, unit_rows
from sync_core.engine.source import Record, Reference, Source, Unit
from sync_core.store import ledger, merging, rejects
from sync_core.store.control import COUNTS, FAILED, SUCCESS
from sync_core.store.engines import Database
from sync_core.store.ledger import Fence, UnitOutcome


@dataclass(frozen=True)
class Writer:
    """The one writer of a run. Units must be given to it highest rank first."""

    data: Database
    source: Source
    reference: Reference
    fence: Fence
    unit_ids: dict[str, int]

    @cached_property
    def people(self) -> merging.People:
        columns = [column.name for column in self.source.columns]
        return merging.people(self.source.name, self.source.table, self.source.key, columns)

    @cached_property
    def incoming(self) -> Any:
        return merging.staging_table(self.people)

    def apply(self, unit: Unit, records: list[Record], started_s: float) -> UnitOutcome:
        """Validates and merges a unit that answered. Raises LostFence, DatabaseError."""
        given = unit_rows(self.source, self.reference, records)
        place = merging.Place(self.fence.run_id, self.unit_ids[unit.name], unit.rank, utc_now())
        with self.data.write() as session:
            ledger.check_fence(session, self.fence)
            merging.stage(session, self.incoming, list(given.rows.values()))
            merged = merging.merge(session, self.people, self.incoming, place)
            rejects.record(session, self._reject_rows(unit, given.rejects))
            outcome = _success(unit, given, merged, monotonic_s() - started_s)
            ledger.record_outcome(session, self.fence.run_id, place.unit_id, outcome)
        return outcome

    def fail(self, unit: Unit, error: SyncError, started_s: float) -> UnitOutcome:
        """Records that a unit did not answer; its rows stay as they were."""
        outcome = UnitOutcome(
            unit=unit.name,
            status=FAILED,
            error_class=error.code,
            error_message=redact(str(error))[:500],
            duration_s=monotonic_s() - started_s,
            finished_at=utc_now(),
            counts={},
        )
        with self.data.write() as session:
            ledger.check_fence(session, self.fence)
            ledger.record_outcome(session, self.fence.run_id, self.unit_ids[unit.name], outcome)
        return outcome

    def mark_missing(self) -> int:
        """Marks whoever no unit reports any more; the number of people newly marked."""
        with self.data.write() as session:
            ledger.check_fence(session, self.fence)
            return merging.mark_missing(session, self.people, self.fence.run_id, utc_now())

    def _reject_rows(self, unit: Unit, refused: list[Reject]) -> list[dict[str, Any]]:
        return [
            {
                "run_id": self.fence.run_id,
                "source": self.source.name,
                "unit": unit.name,
                "position": reject.position,
                "reason": reject.reason[:200],
                "record": reject.record,
                "at": utc_now(),
            }
            for reject in refused
        ]


def _success(unit: Unit, given: UnitRows, merged: merging.Merged, duration_s: float) -> UnitOutcome:
    counts = {
        "fetched": given.fetched,
        "inserted": merged.inserted,
        "updated": merged.updated,
        "unchanged": merged.unchanged,
        "stale": merged.stale + given.stale,
        "duplicates": given.duplicates,
        "rejected": len(given.rejects),
    }
    if sum(counts[name] for name in COUNTS[1:]) != given.fetched:
        raise AssertionError(f"The counts of unit {unit.name} do not add up: {counts}")
    return UnitOutcome(unit.name, SUCCESS, None, None, duration_s, utc_now(), counts)
