"""Writes who did what into the audit log, in the transaction of what was done. It only appends."""

from sync_core.access.permissions import Actor
from sync_core.base.clock import utc_now
from sync_core.base.redact import redact
from sync_core.store import accounts
from sync_core.store.control_access import AccessLog

LOGIN, LOGIN_FAILED, LOGIN_LOCKED, LOGOUT = "login", "login.failed", "login.locked", "logout"
SESSIONS_ENDED = "sessions.ended"
RUN_REQUESTED, RUN_CANCELLED, RUN_FINISHED = "run.requested", "run.cancelled", "run.finished"
REVEALED, EXPORTED = "person.revealed", "export"
SCHEDULE_SAVED, SETTING_CHANGED = "schedule.saved", "setting.changed"
GATEWAY_TESTED, CAMPUS_CHANGED, PRUNED = "gateway.tested", "campus.changed", "pruned"
CALLER_INSTALLED, CALLER_REMOVED = "caller.installed", "caller.removed"
CAMPUSES_IMPORTED, DATABASE_MADE_ANEW = "campuses.imported", "database.made_anew"
USER_ADDED, USER_ROLE, USER_DISABLED, USER_ENABLED = (
    "user.added",
    "user.role",
    "user.disabled",
    "user.enabled",
)
PASSWORD_RESET, PASSWORD_CHANGED = "password.reset", "password.changed"

ACTIONS = (
    *(LOGIN, LOGIN_FAILED, LOGIN_LOCKED, LOGOUT, SESSIONS_ENDED),
    *(RUN_REQUESTED, RUN_CANCELLED, RUN_FINISHED, REVEALED, EXPORTED),
    *(SCHEDULE_SAVED, SETTING_CHANGED, CAMPUSES_IMPORTED, DATABASE_MADE_ANEW),
    *(GATEWAY_TESTED, CAMPUS_CHANGED, PRUNED),
    *(CALLER_INSTALLED, CALLER_REMOVED),
    *(USER_ADDED, USER_ROLE, USER_DISABLED, USER_ENABLED, PASSWORD_RESET, PASSWORD_CHANGED),
)
"""Every action that is ever recorded."""
LONGEST_DETAIL = 1_000


def record(
    session: accounts.Session,
    actor: Actor,
    action: str,
    target: str | None = None,
    detail: str | None = None,
) -> None:
    """`target`: what it was done to; `detail`: from what to what, or why.

    Neither holds a secret or a person's data from the gateway.
    """
    row = AccessLog(
        at=utc_now(),
        actor=actor.name,
        action=action,
        target=target,
        detail=redact(detail)[:LONGEST_DETAIL] if detail else None,
        address=actor.address,
    )
    accounts.add_access_log(session, row)


def change(name: str, old: object, new: object) -> str:
    """For `detail`, of a value that is no secret."""
    return f"{name}: {old} → {new}"
