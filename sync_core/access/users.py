"""People who may log in: who they are, as what, and whether. It checks no password."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime

from sync_core.access import audit, passwords
from sync_core.access.permissions import (
    ADMIN,
    MANAGE_USERS,
    RESET_PASSWORDS,
    ROLES,
    Actor,
    require,
)
from sync_core.access.sessions import IDLE
from sync_core.base.clock import utc_now
from sync_core.base.errors import ConfigError
from sync_core.store import accounts
from sync_core.store.control_access import User
from sync_core.store.engines import Databases


@dataclass(frozen=True, slots=True)
class UserRow:
    """`sessions`: how many are open. `last_login_at`: None for who never logged in."""

    id: int
    name: str
    role: str
    disabled: bool
    must_change: bool
    created_at: datetime
    password_changed_at: datetime
    last_login_at: datetime | None = None
    sessions: int = 0


def add_user(
    databases: Databases,
    actor: Actor,
    name: str,
    password: str,
    role: str,
    *,
    must_change: bool = False,
) -> UserRow:
    """`must_change`: the password is for the first login alone.

    Raises Denied, or ConfigError for a name, password or role that cannot be.
    """
    require(actor, MANAGE_USERS)
    name = canonical_name(name)
    _check_name(name)
    _check_role(role)
    password_hash = passwords.hash_password(password)
    with databases.control.write() as session:
        if accounts.find_user(session, name) is not None:
            raise ConfigError(
                f"There is already a user {name!r}.", hint="Choose another name, or use passwd."
            )
        user = accounts.add_user(
            session, name, password_hash, role, utc_now(), must_change=must_change
        )
        audit.record(session, actor, audit.USER_ADDED, name, role)
        return _row(user)


def set_password(
    databases: Databases, actor: Actor, name: str, password: str, *, must_change: bool = False
) -> None:
    """Ends every session of that user. Raises Denied or ConfigError."""
    require(actor, RESET_PASSWORDS)
    password_hash = passwords.hash_password(password)
    with databases.control.write() as session:
        user = _known(session, name)
        accounts.change_password(
            session, user.id, password_hash, utc_now(), must_change=must_change
        )
        accounts.delete_sessions_of(session, user.id)
        audit.record(session, actor, audit.PASSWORD_RESET, user.name)


def change_role(databases: Databases, actor: Actor, name: str, role: str) -> None:
    """Ends every session of that user. Raises Denied, or ConfigError for the last admin."""
    require(actor, MANAGE_USERS)
    _check_role(role)
    with databases.control.write() as session:
        user = _known(session, name)
        if user.role == role:
            return
        if role != ADMIN:
            _keep_an_admin(session, user)
        accounts.change_role(session, user.id, role)
        accounts.delete_sessions_of(session, user.id)
        change = audit.change("role", user.role, role)
        audit.record(session, actor, audit.USER_ROLE, user.name, change)


def set_disabled(databases: Databases, actor: Actor, name: str, disabled: bool) -> None:
    """Who is disabled keeps the account, but no session and no way in.

    Raises Denied, or ConfigError for the last admin.
    """
    require(actor, MANAGE_USERS)
    with databases.control.write() as session:
        user = _known(session, name)
        if user.disabled == disabled:
            return
        if disabled:
            _keep_an_admin(session, user)
            accounts.delete_sessions_of(session, user.id)
        accounts.set_disabled(session, user.id, disabled)
        action = audit.USER_DISABLED if disabled else audit.USER_ENABLED
        audit.record(session, actor, action, user.name)


def list_users(databases: Databases, actor: Actor) -> list[UserRow]:
    """By name."""
    require(actor, MANAGE_USERS)
    now = utc_now()
    with databases.control.read() as session:
        logins = accounts.last_times(session, audit.LOGIN)
        open_ = accounts.count_sessions(session, now, now - IDLE)
        return [
            _row(user, logins.get(user.name), open_.get(user.id, 0))
            for user in accounts.all_users(session)
        ]


def canonical_name(name: str) -> str:
    """Names differ neither by letter case nor by the form of their characters."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def _known(session: accounts.Session, name: str) -> User:
    user = accounts.find_user(session, canonical_name(name))
    if user is None:
        raise ConfigError(f"There is no user {name[:40]!r}.", hint="See: user list.")
    return user


def _keep_an_admin(session: accounts.Session, user: User) -> None:
    """Two admins who remove each other at once: the second one waits here, and is refused."""
    if user.role != ADMIN or user.disabled:
        return
    if accounts.lock_enabled(session, ADMIN) <= {user.id}:
        raise ConfigError(
            f"{user.name} is the last administrator.",
            hint="Make somebody else an administrator first.",
        )


def is_name(name: str) -> bool:
    """Whether anybody can have that canonical name at all."""
    fine = name.isprintable() and not any(c.isspace() or c == ":" for c in name)
    return fine and 1 <= len(name) <= 100


def _check_name(name: str) -> None:
    if not is_name(name):
        raise ConfigError(
            "The user name must have 1 to 100 characters, no space and no colon.",
            hint="Such as m.karimi.",
        )


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise ConfigError(
            f"There is no role {role[:40]!r}.", hint=f"Give one of {', '.join(ROLES)}."
        )


def _row(user: User, last_login_at: datetime | None = None, sessions: int = 0) -> UserRow:
    return UserRow(
        id=user.id,
        name=user.name,
        role=user.role,
        disabled=user.disabled,
        must_change=user.must_change,
        created_at=user.created_at,
        password_changed_at=user.password_changed_at,
        last_login_at=last_login_at,
        sessions=sessions,
    )
