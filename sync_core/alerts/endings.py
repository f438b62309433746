"""The rules that look at a run's ending: failed, recovered, odd volume, changed columns.

They are asked in the transaction that ends the run, after its row was written.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from sync_core.alerts.kinds import COLUMNS, FAILED, RECOVERED, VOLUME, Found, RuleBook
from sync_core.alerts.outbox import put
from sync_core.base.errors import DatabaseError
from sync_core.store import alerts, fields
from sync_core.store.column_shifts import Shift, column_shifts
from sync_core.store.control import SUCCESS, Run
from sync_core.store.engines import Databases, Session

CANCELLED = "cancelled"
COVERS = 10
"""So many full covers before the run say what is usual."""
FEWEST_COVERS = 3
FEWEST_PEOPLE = 20
"""A column that so few people lost or got says nothing."""


@dataclass(frozen=True, slots=True)
class ColumnNews:
    """What a run did to whole columns, and the fields that it was the first to see."""

    shifts: Sequence[Shift] = ()
    appeared: Sequence[str] = ()


def tell_ending(
    session: Session, run: Run, *, green: bool, news: ColumnNews, now: datetime
) -> None:
    """`run` as it ended; `green`: its source is a success as a whole now."""
    book = RuleBook(alerts.rules(session))
    for found in _found(session, book, run, green, news):
        if book.is_on(found.rule, run.source):
            put(session, found, now)


def news_of(databases: Databases, source: str, run_id: int, updated: int) -> ColumnNews:
    """For `tell_ending`, read before its transaction. Trouble with the data ends no run."""
    try:
        with databases.data.read() as session:
            many = updated >= FEWEST_PEOPLE
            shifts = column_shifts(session, source, run_id) if many else ()
            return ColumnNews(shifts, fields.appeared_in(session, source, run_id))
    except DatabaseError:
        return ColumnNews()


def _found(
    session: Session, book: RuleBook, run: Run, green: bool, news: ColumnNews
) -> Iterator[Found]:
    if run.status != SUCCESS:
        yield from failed(session, run)
        return
    if green:
        yield from recovered(session, run)
    yield from odd_volume(session, run, book.limit(VOLUME))
    yield from changed_columns(run, news, book.limit(COLUMNS))


def failed(session: Session, run: Run) -> Iterator[Found]:
    """What somebody stopped is no news to anybody."""
    if run.error_class == CANCELLED:
        return
    alerts.open_breach(session, FAILED, run.source, run.finished_at or run.created_at)
    told = {
        "error_class": run.error_class,
        "failed": run.units_failed,
        "done": run.units_done,
        "total": run.units_total,
        "message": run.error_message,
    }
    yield Found(FAILED, run.source, run.id, told)


def recovered(session: Session, run: Run) -> Iterator[Found]:
    """The first time that a source is a success again, as a whole, after it failed."""
    if alerts.close_breach(session, FAILED, run.source):
        yield Found(RECOVERED, run.source, run.id, {"records": run.records})


def odd_volume(session: Session, run: Run, percent: float) -> Iterator[Found]:
    """Nothing was sent; or a full cover is far from what is usual."""
    if run.mode == "full" and not run.counted and run.fetched == 0 and run.units_skipped == 0:
        yield Found(VOLUME, run.source, run.id, {"records": 0, "usual": None})
        return
    if run.records is None:
        return
    before = alerts.records_before(session, run, COVERS)
    usual = median(before) if len(before) >= FEWEST_COVERS else 0
    if usual and abs(run.records - usual) * 100 > percent * usual:
        yield Found(VOLUME, run.source, run.id, {"records": run.records, "usual": round(usual)})


def changed_columns(run: Run, news: ColumnNews, percent: float) -> Iterator[Found]:
    """Columns that lost their value, or got one, for so many of all people that it saw; and fields
    that the gateway has begun to send."""
    people = run.inserted + run.updated + run.unchanged
    bar = max(FEWEST_PEOPLE, people * percent / 100)
    emptied = [shift.column for shift in news.shifts if shift.emptied >= bar]
    filled = [shift.column for shift in news.shifts if shift.filled >= bar]
    told = {"emptied": emptied, "filled": filled, "appeared": list(news.appeared)}
    if any(told.values()):
        yield Found(COLUMNS, run.source, run.id, told)
