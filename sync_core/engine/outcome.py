"""What a run says of one unit in the ledger. The counts of a success add up, or it is none."""

from sync_core.base.clock import utc_now
from sync_core.base.errors import SyncError
from sync_core.base.redact import redact
from sync_core.engine.merge import Merged
from sync_core.engine.reading import UnitRead
from sync_core.store.control import COUNTS, FAILED, SUCCESS
from sync_core.store.ledger import Left, Refused, UnitOutcome

LONGEST_MESSAGE = 500


def left_by(read: UnitRead, digest: str, mapping: str) -> Left:
    return Left(
        rows=read.fetched,
        people=read.people,
        duplicates=read.duplicates,
        rejected=read.rejected,
        digest=digest,
        mapping=mapping,
    )


def success(
    unit: str, left: Left, merged: Merged, duration_s: float, *, skipped: bool, repeats: int = 0
) -> UnitOutcome:
    lost_within = left.rows - left.people - left.duplicates - left.rejected
    counts = {
        "fetched": left.rows,
        "inserted": merged.inserted,
        "updated": merged.updated,
        "unchanged": merged.unchanged,
        "stale": merged.stale + lost_within,
        "duplicates": left.duplicates,
        "rejected": left.rejected,
    }
    if min(counts.values()) < 0 or sum(counts[name] for name in COUNTS[1:]) != left.rows:
        raise AssertionError(f"The counts of unit {unit} do not add up: {counts}")
    return UnitOutcome(unit, SUCCESS, None, None, duration_s, utc_now(), counts, skipped, repeats)


def failure(
    unit: str,
    error: SyncError,
    duration_s: float,
    *,
    repeats: int = 0,
    refused: Refused | None = None,
) -> UnitOutcome:
    message = redact(str(error))[:LONGEST_MESSAGE]
    return UnitOutcome(
        unit,
        FAILED,
        error.code,
        message,
        duration_s,
        utc_now(),
        {},
        repeats=repeats,
        refused=refused,
    )
