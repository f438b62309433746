"""Claims what may go out now, by guarded updates: of many who ask at once one has it.

It says nothing: see `send`. It is what every tick imports, so it is kept light.
"""

import secrets
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from sync_core.alerts import policy
from sync_core.alerts.kinds import ERROR
from sync_core.alerts.outbox import read_policy
from sync_core.alerts.policy import GIVE_UP_AFTER, HOUR, Policy
from sync_core.base.clock import utc_now
from sync_core.store import deliveries
from sync_core.store.control_alerts import Alert, AlertDelivery
from sync_core.store.deliveries import GIVEN_UP, SENDING, WAITING
from sync_core.store.engines import Databases, Session

CLAIM = timedelta(minutes=2)
"""A sender that has not ended by then has died: what it claimed may be claimed again."""
AT_ONCE = 200
"""More that are due are left for the next turn."""
LOST = "lost"
"""Why a delivery was given up whose senders died each time."""

Due = tuple[AlertDelivery, Alert]


def claim(databases: Databases, now: datetime | None = None) -> str | None:
    """The name of a claim on what may go now; None where nothing may. Reads alone if so."""
    now = now or utc_now()
    with databases.control.read() as session:
        if not deliveries.any_due(session, now):
            return None
    name = secrets.token_hex(8)
    with databases.control.write() as session:
        holds = read_policy(session)
        gone = deliveries.messages_since(session, now - HOUR)
        due: defaultdict[int, list[Due]] = defaultdict(list)
        for delivery, alert in deliveries.lock_due(session, now, AT_ONCE):
            if not _is_held(session, holds, delivery, alert, now):
                due[delivery.channel_id].append((delivery, alert))
        taken = [
            _claim_channel(session, holds, parts, gone.get(channel, (0, None)), name, now)
            for channel, parts in due.items()
        ]
    return name if any(taken) else None


def _is_held(
    session: Session, holds: Policy, delivery: AlertDelivery, alert: Alert, now: datetime
) -> bool:
    """By quiet hours, perhaps set since; or given up, because its senders died for a day."""
    if delivery.first_try_at is not None and now - delivery.first_try_at >= GIVE_UP_AFTER:
        error = delivery.error or LOST
        deliveries.change(session, delivery, {"state": GIVEN_UP, "error": error, "claim": None})
        return True
    quiet = Policy(holds.quiet_from, holds.quiet_to, holds.failed_in_quiet)
    until = policy.release_at(quiet, alert.rule, alert.severity, now)
    if until > now:
        deliveries.change(session, delivery, waits(until))
    return until > now


def _claim_channel(
    session: Session,
    holds: Policy,
    due: Sequence[Due],
    gone: tuple[int, datetime | None],
    name: str,
    now: datetime,
) -> bool:
    """What one channel may send now is claimed, message by message; the rest waits its turn."""
    count, first = gone
    keys = range(len(due))
    daily = {key: bool(holds.digest_at) and due[key][1].severity < ERROR for key in keys}
    made = policy.messages(list(keys), holds.per_hour - count, daily)
    for group in made:
        message = secrets.token_hex(8)
        for key in group:
            _take(session, due[key][0], name, message, now)
    if not made:
        until = (first or now) + HOUR
        for delivery, _alert in due:
            deliveries.change(session, delivery, waits(max(until, now + timedelta(minutes=1))))
    return bool(made)


def _take(
    session: Session, delivery: AlertDelivery, name: str, message: str, now: datetime
) -> None:
    values = {
        "state": SENDING,
        "tries": delivery.tries + 1,
        "first_try_at": delivery.first_try_at or now,
        "next_try_at": now + CLAIM,
        "claim": name,
        "message": message,
    }
    deliveries.change(session, delivery, values)


def waits(until: datetime) -> dict[str, object]:
    return {"state": WAITING, "next_try_at": until, "claim": None}
