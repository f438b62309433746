"""Queries on alerts: rules, the inbox with its read marks, what is broken now. They decide nothing.

What an alert is about is told in the same transaction: the use-case that calls them owns it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from sync_core.store.control import ACTIVE, DataSync, Run, Schedule
from sync_core.store.control_access import User
from sync_core.store.control_alerts import Alert, AlertBreach, AlertRead, AlertRule
from sync_core.store.touched import touched

S = TypeVar("S", bound=Select[*tuple[Any, ...]])


@dataclass(frozen=True, slots=True)
class InboxFilter:
    """None means any. `unread`: only what the reader has not read."""

    rule: str | None = None
    source: str | None = None
    unread: bool = False


def rules(session: Session) -> Sequence[AlertRule]:
    return session.scalars(select(AlertRule)).all()


def put_rule(session: Session, row: AlertRule) -> None:
    session.merge(row)


def drop_rule(session: Session, rule: str, source: str) -> None:
    session.execute(delete(AlertRule).where(AlertRule.rule == rule, AlertRule.source == source))


def add_alert(session: Session, values: Mapping[str, Any]) -> Alert | None:
    """None where the run has one of this rule."""
    alert = Alert(**values)
    try:
        with session.begin_nested():
            session.add(alert)
    except IntegrityError:
        return None
    return alert


def open_breach(session: Session, rule: str, subject: str, now: datetime) -> bool:
    """False where it is open already, perhaps since a moment ago and by somebody else."""
    try:
        with session.begin_nested():
            session.add(AlertBreach(rule=rule, subject=subject, begun_at=now))
    except IntegrityError:
        return False
    return True


def close_breach(session: Session, rule: str, subject: str) -> bool:
    """False where it was not open."""
    result = session.execute(
        delete(AlertBreach).where(AlertBreach.rule == rule, AlertBreach.subject == subject)
    )
    return touched(result) == 1


def breaches(session: Session) -> set[tuple[str, str]]:
    """Rule and subject of each that is open."""
    rows = session.execute(select(AlertBreach.rule, AlertBreach.subject))
    return {(rule, subject) for rule, subject in rows}


def covers(session: Session) -> dict[str, datetime | None]:
    """Source → when the whole plan was last covered."""
    rows = session.execute(select(DataSync.data_source, DataSync.last_sync_at))
    return {str(source): at for source, at in rows}


def records_before(session: Session, run: Run, limit: int) -> list[int]:
    """Rows confirmed by the full covers before this run, newest first."""
    query = (
        select(Run.records)
        .where(
            Run.source == run.source,
            Run.records.is_not(None),
            Run.status.not_in(ACTIVE),
            Run.id < run.id,
        )
        .order_by(Run.id.desc())
        .limit(limit)
    )
    return [records for records in session.scalars(query) if records is not None]


def automatic_since(session: Session) -> datetime | None:
    """Since when some source is automatic, as far as is known; None where none is."""
    return session.scalar(select(func.min(Schedule.updated_at)).where(Schedule.enabled))


def inbox(
    session: Session, user_id: int, which: InboxFilter, *, skip: int, limit: int
) -> list[tuple[Alert, bool]]:
    """Newest first, each with whether the person has read it."""
    query = _filtered(select(Alert, _is_read(user_id)), user_id, which)
    ordered = query.order_by(Alert.id.desc()).offset(skip).limit(limit)
    return [(alert, bool(read)) for alert, read in session.execute(ordered)]


def count_inbox(session: Session, user_id: int, which: InboxFilter) -> int:
    return session.scalar(_filtered(select(func.count(Alert.id)), user_id, which)) or 0


def mark_read(session: Session, user_id: int, now: datetime, alert_id: int | None = None) -> int:
    """One alert, or all of them; how many were not read before. A stranger's marks are not kept."""
    unread = [_is_unread(user_id)] + ([Alert.id == alert_id] if alert_id is not None else [])
    found = session.scalars(select(Alert.id).where(*unread)).all()
    rows = [{"user_id": user_id, "alert_id": one, "at": now} for one in found]
    if not rows:
        return 0
    try:
        with session.begin_nested():
            session.execute(insert(AlertRead), rows)
    except IntegrityError:  # another tab of the same person was faster
        return 0
    return len(rows)


def _filtered(query: S, user_id: int, which: InboxFilter) -> S:
    if which.rule is not None:
        query = query.where(Alert.rule == which.rule)
    if which.source is not None:
        query = query.where(Alert.source == which.source)
    return query.where(_is_unread(user_id)) if which.unread else query


def _is_read(user_id: int) -> ColumnElement[bool]:
    """What was told before somebody could log in is no news to them."""
    return ~_is_unread(user_id)


def _is_unread(user_id: int) -> ColumnElement[bool]:
    known = exists(literal(1)).where(User.id == user_id, User.created_at <= Alert.at)
    read = exists(literal(1)).where(AlertRead.user_id == user_id, AlertRead.alert_id == Alert.id)
    return and_(known, ~read)
