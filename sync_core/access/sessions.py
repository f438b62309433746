"""Web sessions as rows: what was closed is gone at the next look, in every tab.

The browser holds a random token; the database and the pages know only its hash, the session's id.
"""

import hashlib
import secrets
from datetime import timedelta

from sync_core.access import audit
from sync_core.access.permissions import Actor
from sync_core.base.clock import utc_now
from sync_core.base.errors import Denied
from sync_core.store import accounts
from sync_core.store.control_access import WebSession
from sync_core.store.engines import Databases

LONGEST = timedelta(hours=8)
IDLE = timedelta(minutes=30)
LONGEST_AGENT = 200
SEEN_EVERY = timedelta(minutes=1)
"""Being seen is written at most this often: a page that polls must not write at each poll."""


def open_session(databases: Databases, actor: Actor, agent: str | None = None) -> str:
    """The token for the browser, which calls itself `agent`. Raises Denied for who is no user."""
    if actor.user_id is None:
        raise Denied("Only a user can have a web session.")
    token = secrets.token_urlsafe(32)
    now = utc_now()
    row = WebSession(
        token_hash=session_id(token),
        user_id=actor.user_id,
        created_at=now,
        last_seen_at=now,
        expires_at=now + LONGEST,
        address=actor.address,
        agent=agent[:LONGEST_AGENT] if agent else None,
    )
    with databases.control.write() as session:
        accounts.delete_expired_sessions(session, now)
        accounts.add_session(session, row)
    return token


def find_actor(databases: Databases, known_id: str, *, seen: bool = True) -> Actor | None:
    """The actor with today's role, or None. `seen`: the look counts against the idle limit."""
    now = utc_now()
    with databases.control.read() as session:
        found = accounts.find_session(session, known_id)
    if found is None:
        return None
    row, user = found
    if user.disabled or now >= row.expires_at or now - row.last_seen_at >= IDLE:
        return None
    if seen and now - row.last_seen_at >= SEEN_EVERY:
        with databases.control.write() as session:
            accounts.touch_session(session, known_id, now, now - SEEN_EVERY)
    return Actor(user.name, user.role, user.id, row.address, user.must_change)


def close_session(databases: Databases, known_id: str, address: str | None = None) -> None:
    """What is gone already is let be."""
    with databases.control.write() as session:
        found = accounts.find_session(session, known_id)
        if found is not None:
            user = found[1]
            accounts.delete_session(session, known_id)
            actor = Actor(user.name, user.role, user.id, address)
            audit.record(session, actor, audit.LOGOUT, user.name)


def session_id(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
