"""What many runs did, by day or by Jalali month: outcomes, changes, how long they took, why not."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain
from statistics import median

from sync_core.access.permissions import SEE, Actor, require
from sync_core.base.clock import tehran_today
from sync_core.base.jalali import month_start, next_month
from sync_core.store import history
from sync_core.store import run_stats as store
from sync_core.store.control import FAILED, SUCCESS
from sync_core.store.engines import Databases
from sync_core.store.history import HistoryFilter
from sync_core.store.run_stats import DaySums

MOST_BARS = 120
"""More days than that are shown by month."""


@dataclass(frozen=True, slots=True)
class Bar:
    """`first`: the first day of the stretch, Gregorian. `median_s`: of the runs that succeeded."""

    first: date
    success: int = 0
    failed: int = 0
    inserted: int = 0
    updated: int = 0
    missing: int = 0
    median_s: float | None = None


@dataclass(frozen=True, slots=True)
class RunStats:
    """`bars`: one a day, or one a month where `by_month`; oldest first, empty ones included.

    `errors`: error class and how many runs, the commonest first.
    """

    bars: tuple[Bar, ...]
    by_month: bool
    errors: tuple[tuple[str, int], ...]
    median_s: float | None


def run_stats(databases: Databases, actor: Actor, which: HistoryFilter) -> RunStats:
    """Of the runs that have ended."""
    require(actor, SEE)
    with databases.control.read() as session:
        sums = store.sums_by_day(session, which)
    if not sums:
        return RunStats((), False, (), None)
    by_month = (sums[-1].day - sums[0].day).days >= MOST_BARS
    stretches = _stretches(sums, month_start if by_month else _day_of)
    lasted = {first: _lasted(of_it) for first, of_it in stretches.items()}
    bars = {first: _bar(first, of_it, lasted[first]) for first, of_it in stretches.items()}
    return RunStats(
        bars=tuple(_without_gaps(bars, by_month=by_month)),
        by_month=by_month,
        errors=tuple(_errors(sums)),
        median_s=_median(list(chain.from_iterable(lasted.values()))),
    )


def outcomes_by_day(
    databases: Databases, actor: Actor, which: HistoryFilter
) -> dict[date, tuple[int, int]]:
    """Day in Tehran → runs that succeeded, and that failed. Days without runs are left out."""
    require(actor, SEE)
    with databases.control.read() as session:
        found = store.outcomes_by_day(session, which)
    return {day: _good_and_bad(outcomes) for day, outcomes in found.items()}


def requesters(databases: Databases, actor: Actor) -> tuple[str, ...]:
    """Whoever asked for a run, by name."""
    require(actor, SEE)
    with databases.control.read() as session:
        return tuple(history.requesters(session))


def stats_mark(databases: Databases, actor: Actor) -> tuple[object, ...]:
    """Changes whenever a run ends, and at midnight in Tehran; a key for caches."""
    require(actor, SEE)
    with databases.control.read() as session:
        return (tehran_today(), *history.ended_mark(session))


def _good_and_bad(outcomes: Sequence[tuple[str, int]]) -> tuple[int, int]:
    good = sum(runs for status, runs in outcomes if status == SUCCESS)
    return good, sum(runs for _, runs in outcomes) - good


def _stretches(
    sums: Iterable[DaySums], start_of: Callable[[date], date]
) -> dict[date, list[DaySums]]:
    found: dict[date, list[DaySums]] = {}
    for each in sums:
        found.setdefault(start_of(each.day), []).append(each)
    return found


def _lasted(sums: Iterable[DaySums]) -> list[float]:
    """In order, so that to order those of all stretches is only to merge them."""
    return sorted(chain.from_iterable(each.seconds for each in sums))


def _bar(first: date, sums: Iterable[DaySums], lasted: Sequence[float]) -> Bar:
    counts: Counter[str] = Counter()
    for each in sums:
        counts["success" if each.status == SUCCESS else "failed"] += each.runs
        for name in ("inserted", "updated", "missing"):
            counts[name] += getattr(each, name)
    return Bar(first, **counts, median_s=_median(lasted))


def _median(seconds: Sequence[float]) -> float | None:
    return median(seconds) if seconds else None


def _without_gaps(bars: dict[date, Bar], *, by_month: bool) -> Iterator[Bar]:
    first, last = min(bars), max(bars)
    while first <= last:
        yield bars.get(first) or Bar(first)
        first = next_month(first) if by_month else first + timedelta(days=1)


def _errors(sums: Iterable[DaySums]) -> list[tuple[str, int]]:
    counts: Counter[str] = Counter()
    for each in sums:
        if each.status == FAILED:
            counts[each.error_class or "crashed"] += each.runs
    return counts.most_common()


def _day_of(day: date) -> date:
    return day
