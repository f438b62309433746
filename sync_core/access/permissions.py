"""What each role may do. Every service function that changes something asks here first."""

import getpass
from dataclasses import dataclass

from sync_core.base.errors import Denied

VIEWER, OPERATOR, ADMIN = "viewer", "operator", "admin"
ROLES = (VIEWER, OPERATOR, ADMIN)
SEE, RUN, CONFIGURE, MANAGE_PEOPLE = "see", "run", "configure", "manage_people"

_ALLOWED = {
    VIEWER: frozenset({SEE}),
    OPERATOR: frozenset({SEE, RUN}),
    ADMIN: frozenset({SEE, RUN, CONFIGURE, MANAGE_PEOPLE}),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person who logged in (`user_id`), the command line, or the schedule."""

    name: str
    role: str
    user_id: int | None = None


def allows(actor: Actor, permission: str) -> bool:
    return permission in _ALLOWED.get(actor.role, frozenset())


def require(actor: Actor, permission: str) -> None:
    """Raises Denied where the actor's role does not have the permission."""
    if not allows(actor, permission):
        raise Denied(
            f"The role {actor.role!r} does not allow this ({permission}).",
            hint="Ask an administrator.",
        )


def command_line_actor() -> Actor:
    """Who can run the command line can read the files anyway: it has every permission."""
    return Actor(name=f"cli:{_os_user()}", role=ADMIN)


def _os_user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # an account without a name, as in some containers
        return "unknown"
