"""Which web sessions are open, and ending them: one's own, or another person's."""

from dataclasses import dataclass
from datetime import datetime

from sync_core.access import audit
from sync_core.access.permissions import MANAGE_USERS, OWN, Actor, require
from sync_core.access.sessions import IDLE
from sync_core.access.users import canonical_name
from sync_core.base.clock import utc_now
from sync_core.base.errors import ConfigError
from sync_core.store import accounts
from sync_core.store.control_access import WebSession
from sync_core.store.engines import Databases


@dataclass(frozen=True, slots=True)
class SessionRow:
    """`agent`: what the browser calls itself."""

    id: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    address: str | None
    agent: str | None


def own_sessions(databases: Databases, actor: Actor) -> list[SessionRow]:
    """The newest first."""
    require(actor, OWN)
    return _sessions(databases, actor.user_id)


def end_own_session(databases: Databases, actor: Actor, session_id: str) -> None:
    """One that is not theirs, or is gone already, changes nothing."""
    require(actor, OWN)
    mine = {row.id for row in own_sessions(databases, actor)}
    _end(databases, actor, actor.name, mine & {session_id})


def end_own_others(databases: Databases, actor: Actor, kept_id: str) -> None:
    require(actor, OWN)
    mine = {row.id for row in own_sessions(databases, actor)}
    _end(databases, actor, actor.name, mine - {kept_id})


def sessions_of(databases: Databases, actor: Actor, name: str) -> list[SessionRow]:
    """The newest first. Raises Denied, or ConfigError for a user who is not there."""
    require(actor, MANAGE_USERS)
    return _sessions(databases, _user_id(databases, name))


def end_sessions_of(databases: Databases, actor: Actor, name: str) -> int:
    """How many there were. Raises Denied, or ConfigError for a user who is not there."""
    require(actor, MANAGE_USERS)
    theirs = {row.id for row in _sessions(databases, _user_id(databases, name))}
    _end(databases, actor, canonical_name(name), theirs)
    return len(theirs)


def _user_id(databases: Databases, name: str) -> int:
    with databases.control.read() as session:
        user = accounts.find_user(session, canonical_name(name))
    if user is None:
        raise ConfigError(f"There is no user {name[:40]!r}.", hint="See: user list.")
    return user.id


def _sessions(databases: Databases, user_id: int | None) -> list[SessionRow]:
    if user_id is None:
        return []
    now = utc_now()
    with databases.control.read() as session:
        rows = accounts.open_sessions(session, user_id, now, now - IDLE)
    return [_row(row) for row in rows]


def _end(databases: Databases, actor: Actor, name: str, ids: set[str]) -> None:
    if not ids:
        return
    with databases.control.write() as session:
        for known in ids:
            accounts.delete_session(session, known)
        audit.record(session, actor, audit.SESSIONS_ENDED, name, f"{len(ids)}")


def _row(row: WebSession) -> SessionRow:
    return SessionRow(
        id=row.token_hash,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
        expires_at=row.expires_at,
        address=row.address,
        agent=row.agent,
    )
