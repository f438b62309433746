"""Keeps what a rule found, and queues it for every channel, in the transaction of what it tells.

It sends nothing: nobody waits here for a server.
"""

from datetime import datetime

from sync_core.alerts import policy
from sync_core.alerts.kinds import Found
from sync_core.alerts.policy import KEY, Policy, from_text
from sync_core.store import alerts, deliveries, stored_settings
from sync_core.store.engines import Session


def put(session: Session, found: Found, now: datetime) -> bool:
    """False where the run has told this already."""
    alert = alerts.add_alert(
        session,
        {
            "rule": found.rule,
            "source": found.source,
            "run_id": found.run_id,
            "severity": found.severity,
            "at": now,
            "params": found.params,
        },
    )
    if alert is None:
        return False
    holds = read_policy(session)
    release = policy.release_at(holds, found.rule, found.severity, now)
    deliveries.add_deliveries(session, alert, release)
    return True


def read_policy(session: Session) -> Policy:
    stored = stored_settings.find_settings(session, [KEY]).get(KEY)
    return from_text(stored.value if stored else None)
