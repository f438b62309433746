"""The check at the door: a name, a password, and how often it was tried. It opens no session.

Five tries in vain, each within 15 minutes of the one before, lock the account and the address that
they came from. Each is counted before the password is looked at, so that of a thousand at once five
are verified. A browser that its person has logged in with before has a count of its own: strangers
who guess cannot lock that person out.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from sync_core.access import audit, passwords
from sync_core.access.permissions import ANONYMOUS, Actor
from sync_core.access.users import canonical_name, is_name
from sync_core.base.clock import utc_now
from sync_core.base.errors import Denied
from sync_core.store import accounts, login_tries
from sync_core.store.control_access import User
from sync_core.store.engines import Databases

TRIES = 5
TRIES_WINDOW = timedelta(minutes=15)
UNKNOWN = "unknown:"
"""No name of a user has a colon."""


@dataclass(frozen=True, slots=True)
class KnownBrowser:
    """A browser with which the user of that id has logged in before."""

    user_id: int
    mark: str


@dataclass(frozen=True, slots=True)
class Attempt:
    name: str
    password: str = field(repr=False)
    address: str | None = None
    browser: KnownBrowser | None = None


class _Locked(Exception):
    def __init__(self, bucket: str) -> None:
        self.bucket = bucket


def log_in(databases: Databases, attempt: Attempt) -> Actor | None:
    """The actor, or None; both are on record. Raises Denied while it is locked."""
    user = verify(databases, attempt)
    if user is None:
        return None
    actor = Actor(user.name, user.role, user.id, attempt.address, user.must_change)
    with databases.control.write() as session:
        if accounts.lock_password(session, user.id) != user.password_hash:
            audit.record(session, _stranger(attempt), audit.LOGIN_FAILED, user.name)
            return None  # it was set anew meanwhile, and that holds
        if passwords.is_outdated(user.password_hash):
            accounts.replace_hash(session, user.id, passwords.hash_password(attempt.password))
        audit.record(session, actor, audit.LOGIN, user.name)
    return actor


def verify(databases: Databases, attempt: Attempt) -> User | None:
    """Whose name and password these are. Raises Denied while it is locked.

    Whether there is such a user shows neither in the time that it takes nor in the lock.
    """
    name = canonical_name(attempt.name)
    with databases.control.read() as session:
        user = accounts.find_user(session, name) if is_name(name) else None
    target = name if user else _unknown(name)
    buckets = _buckets(target, user, attempt)
    _count(databases, buckets, attempt)
    known_hash = None if user is None or user.disabled else user.password_hash
    if not passwords.matches(known_hash, attempt.password) or user is None:
        _record(databases, audit.LOGIN_FAILED, target, attempt)
        return None
    _uncount(databases, buckets)
    return user


def _buckets(target: str, user: User | None, attempt: Attempt) -> list[str]:
    browser = attempt.browser
    if user is not None and browser is not None and browser.user_id == user.id:
        return [f"browser:{browser.mark}"]
    return [f"account:{target}", f"address:{_place(attempt.address)}"]


def _place(address: str | None) -> str:
    """Whoever has one address of an IPv6 network has all its 2^64: they count as one."""
    try:
        known: IPv4Address | IPv6Address = ip_address(address or "")
    except ValueError:
        return (address or "unknown")[:100]
    if isinstance(known, IPv4Address):
        return str(known)
    return str(known.ipv4_mapped or IPv6Network((int(known) >> 64 << 64, 64)))


def _count(databases: Databases, buckets: list[str], attempt: Attempt) -> None:
    now = utc_now()
    try:
        with databases.control.write() as session:
            for bucket in buckets:
                since = now - TRIES_WINDOW
                if not login_tries.claim(session, bucket, limit=TRIES, now=now, since=since):
                    raise _Locked(bucket)
    except _Locked as locked:
        _record(databases, audit.LOGIN_LOCKED, locked.bucket, attempt, once=True)
        raise Denied("Too many failed logins.", hint="Try again in 15 minutes.") from None


def _uncount(databases: Databases, buckets: list[str]) -> None:
    """The person is known now. What else was tried from that address stays counted."""
    own, *shared = buckets
    with databases.control.write() as session:
        login_tries.forget(session, [own])
        for bucket in shared:
            login_tries.take_back(session, bucket)
        login_tries.forget_older(session, utc_now() - TRIES_WINDOW)


def _record(
    databases: Databases, action: str, target: str, attempt: Attempt, *, once: bool = False
) -> None:
    """`once` in the window: whoever floods us must not flood the log."""
    now = utc_now()
    with databases.control.write() as session:
        if once and not login_tries.claim(
            session, f"told:{target}", limit=1, now=now, since=now - TRIES_WINDOW
        ):
            return
        audit.record(session, _stranger(attempt), action, _told(target))


def _told(target: str) -> str:
    """Of a stand-in only that it is one: the log is kept for ever, and a hash can be guessed."""
    before, found, _ = target.partition(UNKNOWN)
    return f"{before}{found}".removesuffix(":") if found else target


def _stranger(attempt: Attempt) -> Actor:
    return Actor(ANONYMOUS.name, ANONYMOUS.role, address=attempt.address)


def _unknown(name: str) -> str:
    """A stand-in for a name that nobody has: people type their password into that field."""
    return f"{UNKNOWN}{hashlib.sha256(name.encode()).hexdigest()[:12]}"
