"""Channels and alerts for tests, as an administrator or a run would have made them."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from sync_core.access.vault import seal
from sync_core.alerts import outbox
from sync_core.alerts.kinds import FAILED, Found
from sync_core.alerts.policy import KEY, Policy
from sync_core.alerts.schemes import scheme_of, shown
from sync_core.alerts.send import origin
from sync_core.base.clock import utc_now
from sync_core.base.settings import load
from sync_core.store.control import Setting
from sync_core.store.control_alerts import Alert, AlertChannel, AlertDelivery
from sync_core.store.engines import Databases


def add_channel(databases: Databases, url: str, name: str = "hook", **values: Any) -> int:
    """Without asking Apprise, which takes a second."""
    given = {"enabled": True, "min_severity": 0} | values
    row = AlertChannel(
        name=name,
        scheme=scheme_of(url),
        shown=shown(url),
        sealed=seal(load(), url, origin(name)),
        updated_at=utc_now(),
        updated_by="karimi",
        **given,
    )
    with databases.control.write() as session:
        session.add(row)
    return row.id


def set_policy(databases: Databases, policy: Policy) -> None:
    row = Setting(key=KEY, value=policy.as_text(), updated_at=utc_now(), updated_by="karimi")
    with databases.control.write() as session:
        session.merge(row)


def tell(
    databases: Databases,
    rule: str = FAILED,
    source: str | None = "faculty",
    run_id: int | None = None,
    at: datetime | None = None,
    **params: Any,
) -> bool:
    with databases.control.write() as session:
        return outbox.put(session, Found(rule, source, run_id, params), at or utc_now())


def all_alerts(databases: Databases) -> list[Alert]:
    with databases.control.read() as session:
        return list(session.scalars(select(Alert).order_by(Alert.id)))


def all_deliveries(databases: Databases) -> list[AlertDelivery]:
    with databases.control.read() as session:
        return list(session.scalars(select(AlertDelivery).order_by(AlertDelivery.alert_id)))
