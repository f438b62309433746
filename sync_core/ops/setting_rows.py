"""What all forms of settings share: rows saved together have one version, which the saver saw.

Nothing is judged here: `gateway_account` and `stored` say what a value may be.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta

from sync_core.access import audit
from sync_core.access.permissions import Actor
from sync_core.base.clock import utc_now
from sync_core.store import stored_settings
from sync_core.store.engines import Session
from sync_core.store.stored_settings import Stored

Rows = Mapping[str, Stored]
Told = Callable[[str, str, str], str]
"""Key, old and new value → what the audit log may hold of the change."""


def value_of(rows: Rows, key: str) -> str:
    return rows[key].value if key in rows else ""


def newest(rows: Rows) -> Stored | None:
    return max(rows.values(), key=lambda row: row.updated_at, default=None)


def is_stale(rows: Rows, expected: datetime | None) -> bool:
    """Whether somebody saved after the saver looked; `expected`: None where nothing was stored."""
    latest = newest(rows)
    return latest is not None and latest.updated_at != expected


def put(
    session: Session, actor: Actor, rows: Rows, values: Mapping[str, str], told: Told
) -> Collection[str] | None:
    """The keys that changed; None where somebody was faster: roll back then.

    All of `values` get one new version, which is later than every one that was seen.
    """
    changed = [key for key in values if values[key] != value_of(rows, key)]
    if not changed:
        return []
    latest, at = newest(rows), utc_now()
    if latest is not None:
        at = max(at, latest.updated_at + timedelta(microseconds=1))
    if not stored_settings.put_settings(session, values, rows, at=at, by=actor.name):
        return None
    for key in changed:
        detail = told(key, value_of(rows, key), values[key])
        audit.record(session, actor, audit.SETTING_CHANGED, key, detail)
    return changed
