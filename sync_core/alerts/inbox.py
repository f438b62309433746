"""The inbox: every alert, newest first, with what each person has read of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sync_core.access.permissions import SEE, Actor, require
from sync_core.alerts.kinds import Told
from sync_core.alerts.send import told_of
from sync_core.base.clock import utc_now
from sync_core.store import alerts, deliveries
from sync_core.store.alerts import InboxFilter
from sync_core.store.control_alerts import AlertChannel, AlertDelivery
from sync_core.store.engines import Databases

PER_PAGE = 30
NOBODY = 0
"""The number of no account: the command line has read everything."""


@dataclass(frozen=True, slots=True)
class Way:
    """How an alert went through a channel. `error`: why its last try failed."""

    channel: str
    state: str
    sent_at: datetime | None
    next_try_at: datetime
    error: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    id: int
    told: Told
    read: bool
    ways: Sequence[Way]


@dataclass(frozen=True, slots=True)
class Inbox:
    entries: tuple[Entry, ...]
    total: int
    unread: int


def read_inbox(
    databases: Databases,
    actor: Actor,
    number: int = 1,
    *,
    rule: str | None = None,
    source: str | None = None,
    unread: bool = False,
    per_page: int = PER_PAGE,
) -> Inbox:
    """Page `number` begins with 1. `unread`: what the actor has not read, of all that fits."""
    require(actor, SEE)
    which, who = InboxFilter(rule, source, unread), actor.user_id or NOBODY
    with databases.control.read() as session:
        rows = alerts.inbox(session, who, which, skip=(number - 1) * per_page, limit=per_page)
        ways = deliveries.of_alerts(session, [alert.id for alert, _read in rows])
        total = alerts.count_inbox(session, who, which)
        left = alerts.count_inbox(session, who, InboxFilter(unread=True))
    found = _by_alert(ways)
    entries = (Entry(row.id, told_of(row), read, found.get(row.id, ())) for row, read in rows)
    return Inbox(tuple(entries), total, left)


def unread_count(databases: Databases, actor: Actor) -> int:
    require(actor, SEE)
    if actor.user_id is None:
        return 0
    with databases.control.read() as session:
        return alerts.count_inbox(session, actor.user_id, InboxFilter(unread=True))


def mark_read(databases: Databases, actor: Actor, alert_id: int) -> None:
    """For this person alone."""
    require(actor, SEE)
    _mark(databases, actor, alert_id)


def mark_all_read(databases: Databases, actor: Actor) -> None:
    require(actor, SEE)
    _mark(databases, actor, None)


def _mark(databases: Databases, actor: Actor, alert_id: int | None) -> None:
    if actor.user_id is None:
        return
    with databases.control.write() as session:
        alerts.mark_read(session, actor.user_id, utc_now(), alert_id)


def _by_alert(
    rows: Sequence[tuple[AlertDelivery, AlertChannel]],
) -> Mapping[int, Sequence[Way]]:
    found: defaultdict[int, list[Way]] = defaultdict(list)
    for delivery, channel in rows:
        way = Way(
            channel.name, delivery.state, delivery.sent_at, delivery.next_try_at, delivery.error
        )
        found[delivery.alert_id].append(way)
    return found
