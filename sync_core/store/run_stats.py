"""Sums over many runs, a day each, for charts. They read; `runs.lifecycle` alone writes."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from operator import itemgetter
from typing import Any, NamedTuple

import orjson
from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.orm import Session

from sync_core.store import postgresql, sqlite
from sync_core.store.bulk import dialect_of
from sync_core.store.control import SUCCESS, Run
from sync_core.store.history import HistoryFilter, filtered

Cover = tuple[str, date, int, float]
"""Source, day in Tehran, rows and seconds of a run that covered the full plan."""


class DaySums(NamedTuple):
    """Runs that were asked for on one day in Tehran and ended alike.

    `seconds`: how long each of them took, in no order, where they succeeded. There are thousands
    of these: a tuple is made in a fifth of a dataclass's time.
    """

    day: date
    status: str
    error_class: str | None
    runs: int
    inserted: int
    updated: int
    missing: int
    seconds: Sequence[float]


def sums_by_day(session: Session, which: HistoryFilter) -> list[DaySums]:
    """Runs that have ended, the oldest day first.

    The whole history in one pass of an index: no run is a row of the answer, and no kept sum can
    be wrong after a run has ended late or was taken away.
    """
    kinds = (_day(session), Run.status, Run.error_class)
    query = select(
        *kinds,
        func.count(),
        func.sum(Run.inserted),
        func.sum(Run.updated),
        func.sum(Run.missing),
        _gathered(session),
    ).where(Run.finished_at.is_not(None))
    ordered = filtered(session, query, which).group_by(*kinds).order_by(*kinds)
    return list(map(_sums, session.connection().execute(ordered).all()))


def outcomes_by_day(
    session: Session, which: HistoryFilter
) -> Mapping[date, Sequence[tuple[str, int]]]:
    """Day in Tehran → each status of runs that have ended, and how many of them."""
    day = _day(session)
    query = select(day, Run.status, func.count()).where(Run.finished_at.is_not(None))
    found: dict[date, list[tuple[str, int]]] = {}
    for text, status, runs in session.execute(
        filtered(session, query, which).group_by(day, Run.status)
    ):
        found.setdefault(date.fromisoformat(text), []).append((status, runs))
    return found


def full_covers(session: Session, since: datetime) -> list[Cover]:
    """Runs that were asked for since then and covered the full plan, in order."""
    query = select(Run.id, Run.source, _day(session), Run.records, _seconds(session)).where(
        Run.records.is_not(None), Run.finished_at.is_not(None)
    )
    rows = session.execute(filtered(session, query, HistoryFilter(since=since)))
    return [
        (source, date.fromisoformat(day), records or 0, float(seconds))
        for _, source, day, records, seconds in sorted(rows, key=itemgetter(0))
    ]


def _sums(row: Row[*tuple[Any, ...]]) -> DaySums:
    day, status, error_class, runs, inserted, updated, missing, seconds = row
    lasted = _listed(seconds) if status == SUCCESS else ()
    counts = (runs, inserted, updated, missing)
    return DaySums(date.fromisoformat(day), status, error_class, *counts, lasted)


def _listed(seconds: Any) -> list[float]:
    found = orjson.loads(seconds) if isinstance(seconds, str) else seconds
    return [value for value in found if value is not None]


def _day(session: Session) -> ColumnElement[str]:
    if dialect_of(session) == "sqlite":
        return sqlite.tehran_day(Run.created_at)
    return postgresql.tehran_day(Run.created_at)


def _seconds(session: Session) -> ColumnElement[float]:
    if dialect_of(session) == "sqlite":
        return sqlite.seconds_between(Run.started_at, Run.finished_at)
    return postgresql.seconds_between(Run.started_at, Run.finished_at)


def _gathered(session: Session) -> ColumnElement[Any]:
    if dialect_of(session) == "sqlite":
        return sqlite.gathered(_seconds(session))
    return postgresql.gathered(_seconds(session))
