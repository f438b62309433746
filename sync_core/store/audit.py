"""Queries on the audit log. They only read: `access.audit` alone appends."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from sync_core.store.control_access import AccessLog
from sync_core.store.distinct import distinct_values

S = TypeVar("S", bound=Select[*tuple[Any, ...]])


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """None means any."""

    actor: str | None = None
    action: str | None = None
    since: datetime | None = None


def count_entries(session: Session, which: AuditFilter) -> int:
    return session.scalar(_filtered(select(func.count(AccessLog.id)), which)) or 0


def entries(session: Session, which: AuditFilter, *, skip: int, limit: int) -> Sequence[AccessLog]:
    """Newest first."""
    query = _filtered(select(AccessLog), which).order_by(AccessLog.id.desc())
    return session.scalars(query.offset(skip).limit(limit)).all()


def actors(session: Session) -> Sequence[str]:
    """Whoever stands in the log, by name."""
    return distinct_values(session, AccessLog.actor)


def _filtered(query: S, which: AuditFilter) -> S:
    if which.actor is not None:
        query = query.where(AccessLog.actor == which.actor)
    if which.action is not None:
        query = query.where(AccessLog.action == which.action)
    if which.since is not None:
        query = query.where(AccessLog.at >= which.since)
    return query
