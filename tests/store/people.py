"""People who log in, the time that they see, and what is on record of them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from sync_core.access.permissions import ADMIN, OPERATOR, Actor, command_line_actor
from sync_core.access.users import add_user, list_users
from sync_core.store.control_access import AccessLog
from sync_core.store.engines import Databases

PASSWORD = "four unrelated words"
CLI = command_line_actor()
HERE = "192.0.2.7"

Entry = tuple[str, str, str | None]


@dataclass
class Clock:
    now: datetime = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **time: float) -> None:
        self.now += timedelta(**time)


def added(databases: Databases, name: str = "m.karimi", role: str = OPERATOR) -> Actor:
    """A person with the password of this file, as one who has logged in."""
    row = add_user(databases, CLI, name, PASSWORD, role)
    return Actor(row.name, row.role, row.id, HERE)


def roles(databases: Databases) -> dict[str, str]:
    """Of those who may log in."""
    return {row.name: row.role for row in list_users(databases, CLI) if not row.disabled}


def has_an_admin(databases: Databases) -> bool:
    return ADMIN in roles(databases).values()


def entries(databases: Databases) -> list[Entry]:
    """Who, what and to whom, in the order in which it was recorded."""
    with databases.control.read() as session:
        rows = session.execute(
            select(AccessLog.actor, AccessLog.action, AccessLog.target).order_by(AccessLog.id)
        )
        return [(row.actor, row.action, row.target) for row in rows]


def count(databases: Databases, action: str) -> int:
    return sum(entry[1] == action for entry in entries(databases))
