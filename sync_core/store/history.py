"""Queries on the history of runs. They read; `runs.lifecycle` alone writes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from sync_core.base.jalali import tehran_date
from sync_core.store import sqlite
from sync_core.store.bulk import dialect_of
from sync_core.store.control import ACTIVE, Run, RunUnit
from sync_core.store.distinct import distinct_values
from sync_core.store.runs import IS_ACTIVE

S = TypeVar("S", bound=Select[*tuple[Any, ...]])

FEW = 20_000


@dataclass(frozen=True, slots=True)
class HistoryFilter:
    """None means any. Runs that were asked for at or after `since` and before `until`."""

    source: str | None = None
    status: str | None = None
    trigger: str | None = None
    who: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    below: int | None = None
    """Only runs with a smaller number."""


def count_runs(session: Session, which: HistoryFilter) -> int:
    return session.scalar(filtered(session, select(func.count(Run.id)), which)) or 0


def runs_page(
    session: Session, which: HistoryFilter, *, skip: int, limit: int, of: int | None = None
) -> Sequence[Run]:
    """Newest first. `of`: how many fit. Few are found by an index, and then put in order; many are
    looked for from the newest run down."""
    number = apart(session, Run.id) if of is not None and of < FEW else Run.id
    found = filtered(session, select(Run.id), which).order_by(number.desc())
    numbers = session.scalars(found.offset(skip).limit(limit)).all()
    return session.scalars(select(Run).where(Run.id.in_(numbers)).order_by(Run.id.desc())).all()


def find_run(session: Session, run_id: int) -> Run | None:
    return session.get(Run, run_id)


def units_of_run(
    session: Session, run_id: int, columns: Sequence[str]
) -> Sequence[Row[*tuple[Any, ...]]]:
    """These columns of RunUnit. Failed ones first, then by name from the newest term down."""
    found = (RunUnit.__table__.c[name] for name in columns)
    query = select(*found).where(RunUnit.run_id == run_id)
    return session.execute(query.order_by(RunUnit.status, RunUnit.unit.desc())).all()


def ended_mark(session: Session) -> tuple[object, ...]:
    """Changes whenever a run ends, whatever the clock says, or the oldest are gone; a key for
    caches. It takes as long for a hundred thousand runs as for ten."""
    ended = select(Run.id).where(Run.status.not_in(ACTIVE)).order_by(Run.id.desc()).limit(1)
    oldest = select(func.min(Run.id))
    first, last = session.execute(select(oldest.scalar_subquery(), ended.scalar_subquery())).one()
    if last is None:
        return ()
    active = session.scalars(select(Run.id).where(IS_ACTIVE))
    return (first, last, *sorted(number for number in active if number < last))


def requesters(session: Session) -> Sequence[str]:
    """Whoever asked for a run, by name."""
    return distinct_values(session, Run.requested_by)


def filtered(session: Session, query: S, which: HistoryFilter) -> S:
    """For queries of which `sync_runs_sums` holds all columns."""
    equal = {
        Run.source: which.source,
        Run.status: which.status,
        Run.trigger: which.trigger,
        Run.requested_by: which.who,
    }
    query = query.where(
        *(apart(session, column) == value for column, value in equal.items() if value)
    )
    query = query.where(*_days(session, which))
    if which.since is not None:
        query = query.where(Run.created_at >= which.since)
    if which.until is not None:
        query = query.where(Run.created_at < which.until)
    if which.below is not None:
        query = query.where(Run.id < which.below)
    return query


def apart(session: Session, column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """The column, so that SQLite, which counts no rows, plans by `sync_runs_sums` alone."""
    plain: ColumnElement[Any] = column.expression
    return sqlite.apart(plain) if dialect_of(session) == "sqlite" else plain


def _days(session: Session, which: HistoryFilter) -> Iterator[ColumnElement[bool]]:
    """The same stretch in whole days, by which SQLite's index begins. A day more at both ends: long
    ago Tehran had a summer time."""
    if dialect_of(session) != "sqlite":
        return
    day = sqlite.tehran_day(Run.created_at)
    if which.since is not None:
        yield day >= (tehran_date(which.since) - timedelta(days=1)).isoformat()
    if which.until is not None:
        yield day <= (tehran_date(which.until) + timedelta(days=1)).isoformat()
