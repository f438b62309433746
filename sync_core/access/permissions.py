"""What each role may do. Every use-case asks here first; `matrix` says what needs which."""

import getpass
from collections.abc import Mapping, Set
from dataclasses import dataclass

from sync_core.base.errors import Denied

VIEWER, OPERATOR, ADMIN = "viewer", "operator", "admin"
ROLES = (VIEWER, OPERATOR, ADMIN)
"""What a person who logs in can be."""
COMMAND_LINE = "command line"
NOBODY = "nobody"

OWN, SEE = "own", "see"
RUN, REVEAL = "run", "reveal"
CONFIGURE, MANAGE_USERS, AUDIT = "configure", "manage_users", "audit"
EXPORT_UNMASKED = "export_unmasked"
RESET_PASSWORDS = "reset_passwords"

_VIEWER = frozenset({OWN, SEE})
_OPERATOR = _VIEWER | {RUN, REVEAL}
_ADMIN = _OPERATOR | {CONFIGURE, MANAGE_USERS, AUDIT, EXPORT_UNMASKED}

ALLOWED: Mapping[str, Set[str]] = {
    VIEWER: _VIEWER,
    OPERATOR: _OPERATOR,
    ADMIN: _ADMIN,
    COMMAND_LINE: _ADMIN | {RESET_PASSWORDS},
}
"""Role → what it may do."""

MEANINGS: Mapping[str, str] = {
    OWN: "their own password and sessions",
    SEE: "runs, and rows with personal columns masked, also as a file",
    RUN: "start, stop and repeat runs, and accept what a guard refused",
    REVEAL: "the personal columns of one person, with a reason that is kept",
    CONFIGURE: "the schedule, the gateway's account, the campuses, the alerts",
    MANAGE_USERS: "who may log in, as what, and their sessions",
    AUDIT: "who did what",
    EXPORT_UNMASKED: "files with the personal columns of many, with a reason that is kept",
    RESET_PASSWORDS: "another person's password",
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person who logged in (`user_id`), the command line, or the schedule.

    `address`: where from. `must_change`: until the password is changed, nothing else is allowed.
    """

    name: str
    role: str
    user_id: int | None = None
    address: str | None = None
    must_change: bool = False


ANONYMOUS = Actor("anonymous", NOBODY)
SCHEDULER = Actor("schedule", OPERATOR)


def allows(actor: Actor, permission: str) -> bool:
    if actor.must_change and permission != OWN:
        return False
    return permission in ALLOWED.get(actor.role, frozenset())


def require(actor: Actor, permission: str) -> None:
    """Raises Denied where the actor's role does not have the permission."""
    if allows(actor, permission):
        return
    if actor.must_change:
        raise Denied("This password may be used once.", hint="Choose one of your own first.")
    raise Denied(
        f"The role {actor.role!r} does not allow this ({permission}).",
        hint="Ask an administrator.",
    )


def command_line_actor() -> Actor:
    """Who can run the command line can read the files anyway: it has every permission."""
    return Actor(name=f"cli:{_os_user()}", role=COMMAND_LINE)


def _os_user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # an account without a name, as in some containers
        return "unknown"
