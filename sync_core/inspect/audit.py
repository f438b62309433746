"""The audit log for a screen: who did what, when, and from where. Nothing of it can be changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sync_core.access.permissions import AUDIT, Actor, require
from sync_core.base.clock import utc_now
from sync_core.store import audit as store
from sync_core.store.audit import AuditFilter
from sync_core.store.control_access import AccessLog
from sync_core.store.engines import Databases

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """`target`: what it was done to; `detail`: from what to what, or why."""

    at: datetime
    actor: str
    action: str
    target: str | None
    detail: str | None
    address: str | None


@dataclass(frozen=True, slots=True)
class AuditPage:
    entries: tuple[AuditEntry, ...]
    total: int


def audit_page(
    databases: Databases,
    actor: Actor,
    page: int,
    *,
    who: str | None = None,
    action: str | None = None,
    days: int | None = None,
) -> AuditPage:
    """Newest first; pages count from 1. `days`: only what was done since so many days."""
    require(actor, AUDIT)
    since = utc_now() - timedelta(days=days) if days else None
    which = AuditFilter(who, action, since)
    with databases.control.read() as session:
        rows = store.entries(session, which, skip=(page - 1) * PER_PAGE, limit=PER_PAGE)
        total = store.count_entries(session, which)
    return AuditPage(tuple(_entry(row) for row in rows), total)


def audit_actors(databases: Databases, actor: Actor) -> Sequence[str]:
    """Whoever stands in the log, by name."""
    require(actor, AUDIT)
    with databases.control.read() as session:
        return store.actors(session)


def _entry(row: AccessLog) -> AuditEntry:
    return AuditEntry(row.at, row.actor, row.action, row.target, row.detail, row.address)
