"""Writes who did what into the audit log, in the transaction of what was done."""

from sync_core.base.clock import utc_now
from sync_core.store import accounts
from sync_core.store.control import AccessLog


def record(
    session: accounts.Session,
    actor_name: str,
    action: str,
    target: str | None = None,
    address: str | None = None,
) -> None:
    """`target` and `address` hold no secret and no person's data from the gateway."""
    row = AccessLog(at=utc_now(), actor=actor_name, action=action, target=target, address=address)
    accounts.add_access_log(session, row)
