"""A person's own password: changing it ends every session of theirs but asks for the old one."""

from sync_core.access import audit, passwords
from sync_core.access.login import Attempt, verify
from sync_core.access.permissions import OWN, Actor, require
from sync_core.base.clock import utc_now
from sync_core.base.errors import ConfigError, Denied
from sync_core.store import accounts
from sync_core.store.engines import Databases


class SamePassword(ConfigError):
    """The new password is the old one, or the name."""


def change_password(databases: Databases, actor: Actor, attempt: Attempt, new: str) -> bool:
    """False where the attempt's password is wrong, which counts as a try at the door.

    Raises Denied, SamePassword, or ConfigError for a new password that cannot be.
    """
    require(actor, OWN)
    if actor.user_id is None or attempt.name != actor.name:
        raise Denied("This is not their own password.", hint="Use: user passwd.")
    if new in {attempt.password, actor.name}:
        raise SamePassword(
            "The new password is the old one, or the name.", hint="Choose another one."
        )
    password_hash = passwords.hash_password(new)
    user = verify(databases, attempt)
    if user is None:
        return False
    with databases.control.write() as session:
        if accounts.lock_password(session, user.id) != user.password_hash:
            return False  # it was set anew meanwhile, and that holds
        accounts.change_password(
            session, actor.user_id, password_hash, utc_now(), must_change=False
        )
        accounts.delete_sessions_of(session, actor.user_id)
        audit.record(session, actor, audit.PASSWORD_CHANGED, actor.name)
    return True
