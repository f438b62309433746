"""What became of a run's units, and how its child says so: an event a unit, and one at the end."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from sync_core.base.clock import utc_now
from sync_core.base.errors import Shrunk, SyncError, TooManyMissing
from sync_core.base.redact import redact
from sync_core.engine.events import emit
from sync_core.engine.outcome import LONGEST_MESSAGE
from sync_core.engine.plan import Plan
from sync_core.store.control import FAILED, SUCCESS
from sync_core.store.ledger import UnitOutcome


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


def tell_unit(outcome: UnitOutcome) -> None:
    took = {"duration_s": round(outcome.duration_s, 3), "repeats": outcome.repeats}
    told = {"unit": outcome.unit, **took}
    if outcome.status == SUCCESS:
        emit("unit_done", **told, skipped=outcome.skipped, **outcome.counts)
        return
    why = {"error_class": outcome.error_class, "error_message": outcome.error_message}
    emit("unit_failed", **told, **why)


def tell_end(plan: Plan, tally: Tally, missing: int, drift: int | None) -> int:
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


def _named(words: str, units: Sequence[str], longest: int = LONGEST_MESSAGE) -> str:
    """An operator who is to accept units must know which."""
    names = f"{words} The same: {', '.join(units)}."
    return names if len(names) <= longest else f"{words} So did {len(units)} others; see the run."


def tell_refused(error: TooManyMissing) -> int:
    emit(
        "summary",
        status=FAILED,
        error_class=error.code,
        error_message=str(error),
        refused_missing=error.people,
    )
    return 1
