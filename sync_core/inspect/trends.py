"""How many rows each source had on each of the last days, and how long its full runs took."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from sync_core.access.permissions import SEE, Actor, require
from sync_core.base.clock import tehran_today
from sync_core.inspect.periods import Period
from sync_core.store import run_stats as store
from sync_core.store.engines import Databases
from sync_core.store.run_stats import Cover

DAYS = 30


@dataclass(frozen=True, slots=True)
class Trend:
    """`records`: after the day's last full run; `seconds`: the median of the day's full runs.

    Both as long as `Trends.days`, None on days without one.
    """

    source: str
    records: tuple[int | None, ...]
    seconds: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Trends:
    """`days`: in Tehran, Gregorian, the oldest first."""

    days: tuple[date, ...]
    of: tuple[Trend, ...]


def read_trends(databases: Databases, actor: Actor, sources: Sequence[str]) -> Trends:
    """Sources without a full run in these days are left out."""
    require(actor, SEE)
    today = tehran_today()
    days = tuple(today - timedelta(days=back) for back in range(DAYS - 1, -1, -1))
    since = Period(days[0]).since
    with databases.control.read() as session:
        covers = store.full_covers(session, since) if since else []
    return Trends(days, tuple(_trends(sources, days, covers)))


def _trends(
    sources: Sequence[str], days: Sequence[date], covers: Sequence[Cover]
) -> Iterator[Trend]:
    for source in sources:
        own = [cover for cover in covers if cover[0] == source]
        if own:
            records = {day: rows for _, day, rows, _ in own}
            taken = {day: [s for _, on, _, s in own if on == day] for day in records}
            yield Trend(
                source,
                tuple(records.get(day) for day in days),
                tuple(median(taken[day]) if day in taken else None for day in days),
            )
