"""People who log in: adding them, their passwords, and the check at the door."""

import hashlib
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from sync_core.access import audit, passwords
from sync_core.access.permissions import MANAGE_PEOPLE, ROLES, Actor, require
from sync_core.base.clock import utc_now
from sync_core.base.errors import ConfigError, Denied
from sync_core.store import accounts
from sync_core.store.control import User
from sync_core.store.engines import Databases

LOGIN, LOGIN_FAILED, LOGIN_LOCKED = "login", "login_failed", "login_locked"
TRIES = 5
TRIES_WINDOW = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class UserRow:
    id: int
    name: str
    role: str
    disabled: bool
    created_at: datetime
    password_changed_at: datetime


def add_user(databases: Databases, actor: Actor, name: str, password: str, role: str) -> UserRow:
    """Raises Denied, or ConfigError for a name, password or role that cannot be."""
    require(actor, MANAGE_PEOPLE)
    name = canonical_name(name)
    _check_new(name, role)
    password_hash = passwords.hash_password(password)
    with databases.control.write() as session:
        if accounts.find_user(session, name) is not None:
            raise ConfigError(
                f"There is already a user {name!r}.", hint="Choose another name, or use passwd."
            )
        user = accounts.add_user(session, name, password_hash, role, utc_now())
        audit.record(session, actor.name, "user_added", f"{name} ({role})")
        return _row(user)


def set_password(databases: Databases, actor: Actor, name: str, password: str) -> None:
    """Ends every session of that user. Raises Denied or ConfigError."""
    require(actor, MANAGE_PEOPLE)
    name = canonical_name(name)
    password_hash = passwords.hash_password(password)
    with databases.control.write() as session:
        user = accounts.find_user(session, name)
        if user is None:
            raise ConfigError(f"There is no user {name[:40]!r}.", hint="See: user list.")
        accounts.change_password(session, user.id, password_hash, utc_now())
        accounts.delete_sessions_of(session, user.id)
        audit.record(session, actor.name, "password_set", name)


def list_users(databases: Databases) -> list[UserRow]:
    with databases.control.read() as session:
        return [_row(user) for user in accounts.all_users(session)]


def check_password(
    databases: Databases, name: str, password: str, address: str | None
) -> Actor | None:
    """The actor, or None; both are logged. Raises Denied while the account is locked.

    Five failures within 15 minutes lock an account, also one that does not exist: nobody learns
    from it who has one. Callers check one password at a time, or the count could be outrun.
    """
    name = canonical_name(name)
    with databases.control.read() as session:
        user = accounts.find_user(session, name)
        target = name if user else _unknown(name)
        failures = accounts.count_actions_since(
            session, LOGIN_FAILED, target, utc_now() - TRIES_WINDOW, reset_by=LOGIN
        )
    if failures >= TRIES:
        _log(databases, LOGIN_LOCKED, target, address)
        raise Denied("Too many failed logins for this account.", hint="Try again in 15 minutes.")
    known_hash = None if user is None or user.disabled else user.password_hash
    if not passwords.matches(known_hash, password) or user is None:
        _log(databases, LOGIN_FAILED, target, address)
        return None
    return _welcome(databases, user, password, address)


def canonical_name(name: str) -> str:
    """Names differ neither by letter case nor by the form of their characters."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def _welcome(databases: Databases, user: User, password: str, address: str | None) -> Actor:
    newer = passwords.hash_password(password) if passwords.is_outdated(user.password_hash) else ""
    with databases.control.write() as session:
        if newer:
            accounts.replace_hash(session, user.id, newer)
        audit.record(session, user.name, LOGIN, user.name, address)
    return Actor(name=user.name, role=user.role, user_id=user.id)


def _log(databases: Databases, action: str, target: str, address: str | None) -> None:
    with databases.control.write() as session:
        audit.record(session, "anonymous", action, target, address)


def _unknown(name: str) -> str:
    """A stand-in for a name that nobody has: people type their password into that field."""
    return f"unknown:{hashlib.sha256(name.encode()).hexdigest()[:12]}"


def _check_new(name: str, role: str) -> None:
    fine = name.isprintable() and not any(c.isspace() or c == ":" for c in name)
    if not (1 <= len(name) <= 100 and fine):
        raise ConfigError(
            "The user name must have 1 to 100 characters, no space and no colon.",
            hint="Such as m.karimi.",
        )
    if role not in ROLES:
        raise ConfigError(
            f"There is no role {role[:40]!r}.", hint=f"Give one of {', '.join(ROLES)}."
        )


def _row(user: User) -> UserRow:
    return UserRow(
        id=user.id,
        name=user.name,
        role=user.role,
        disabled=user.disabled,
        created_at=user.created_at,
        password_changed_at=user.password_changed_at,
    )
