"""Queries on channels and on what is to go through them. A claim is a guarded update."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from sync_core.store.control_alerts import Alert, AlertChannel, AlertDelivery
from sync_core.store.touched import touched

WAITING, SENDING, SENT, GIVEN_UP = "waiting", "sending", "sent", "given_up"
OPEN = (WAITING, SENDING)
"""One that is being sent belongs to nobody any more when its time is over."""

Key = tuple[int, int]
"""Of a delivery: the alert and the channel."""


def channels(session: Session) -> Sequence[AlertChannel]:
    return session.scalars(select(AlertChannel).order_by(AlertChannel.name)).all()


def find_channel(session: Session, channel_id: int) -> AlertChannel | None:
    return session.get(AlertChannel, channel_id)


def lock_channel(session: Session, channel_id: int) -> AlertChannel | None:
    query = select(AlertChannel).where(AlertChannel.id == channel_id).with_for_update()
    return session.scalar(query)


def channel_named(session: Session, name: str) -> AlertChannel | None:
    return session.scalar(select(AlertChannel).where(AlertChannel.name == name))


def add_channel(session: Session, row: AlertChannel) -> None:
    session.add(row)
    session.flush()


def remove_channel(session: Session, channel_id: int) -> None:
    """With what was to go through it."""
    drop_open(session, channel_id)
    session.execute(delete(AlertDelivery).where(AlertDelivery.channel_id == channel_id))
    session.execute(delete(AlertChannel).where(AlertChannel.id == channel_id))


def note_try(session: Session, channel_id: int, now: datetime, error: str | None) -> None:
    """How a try went; `error` None for well."""
    values: dict[str, object] = {"last_error": error}
    values["last_ok_at" if error is None else "last_error_at"] = now
    session.execute(update(AlertChannel).where(AlertChannel.id == channel_id).values(values))


def add_deliveries(session: Session, alert: Alert, at: datetime) -> int:
    """One for each channel that takes alerts of this severity, to go out at `at`."""
    wanted = session.scalars(
        select(AlertChannel.id).where(
            AlertChannel.enabled, AlertChannel.min_severity <= alert.severity
        )
    ).all()
    rows = [
        {"alert_id": alert.id, "channel_id": one, "state": WAITING, "tries": 0, "next_try_at": at}
        for one in wanted
    ]
    if rows:
        session.execute(insert(AlertDelivery), rows)
    return len(rows)


def drop_open(session: Session, channel_id: int) -> None:
    session.execute(
        delete(AlertDelivery).where(
            AlertDelivery.channel_id == channel_id, AlertDelivery.state.in_(OPEN)
        )
    )


def any_due(session: Session, now: datetime) -> bool:
    query = select(AlertDelivery.alert_id).where(
        AlertDelivery.state.in_(OPEN), AlertDelivery.next_try_at <= now
    )
    return session.execute(query.limit(1)).first() is not None


def lock_due(session: Session, now: datetime, limit: int) -> list[tuple[AlertDelivery, Alert]]:
    """What may go now, the oldest first. Another one that asks meanwhile gets none of them."""
    rows = session.execute(
        select(AlertDelivery, Alert)
        .join(Alert, Alert.id == AlertDelivery.alert_id)
        .where(AlertDelivery.state.in_(OPEN), AlertDelivery.next_try_at <= now)
        .order_by(AlertDelivery.alert_id, AlertDelivery.channel_id)
        .limit(limit)
        .with_for_update(of=AlertDelivery, skip_locked=True)
    )
    return [(delivery, alert) for delivery, alert in rows]


def messages_since(session: Session, since: datetime) -> dict[int, tuple[int, datetime | None]]:
    """Channel → messages that left since then or are leaving, and when the first of them left."""
    rows = session.execute(
        select(
            AlertDelivery.channel_id,
            func.count(AlertDelivery.message.distinct()),
            func.min(AlertDelivery.sent_at),
        )
        .where(or_(AlertDelivery.sent_at > since, AlertDelivery.state == SENDING))
        .group_by(AlertDelivery.channel_id)
    )
    return {int(channel): (int(count), first) for channel, count, first in rows}


def change(session: Session, seen: AlertDelivery, values: Mapping[str, Any]) -> bool:
    """False where somebody else has it since it was read."""
    result = session.execute(
        update(AlertDelivery)
        .where(
            AlertDelivery.alert_id == seen.alert_id,
            AlertDelivery.channel_id == seen.channel_id,
            AlertDelivery.state == seen.state,
            AlertDelivery.tries == seen.tries,
            AlertDelivery.next_try_at == seen.next_try_at,
            AlertDelivery.claim.is_not_distinct_from(seen.claim),
        )
        .values(**values),
        execution_options={"synchronize_session": False},
    )
    return touched(result) == 1


def claimed(session: Session, claim: str) -> list[tuple[AlertDelivery, Alert, AlertChannel]]:
    rows = session.execute(
        select(AlertDelivery, Alert, AlertChannel)
        .join(Alert, Alert.id == AlertDelivery.alert_id)
        .join(AlertChannel, AlertChannel.id == AlertDelivery.channel_id)
        .where(AlertDelivery.claim == claim, AlertDelivery.state == SENDING)
        .order_by(AlertDelivery.channel_id, AlertDelivery.alert_id)
    )
    return [(delivery, alert, channel) for delivery, alert, channel in rows]


def of_alerts(
    session: Session, alert_ids: Collection[int]
) -> list[tuple[AlertDelivery, AlertChannel]]:
    """Where these alerts went, or are to go."""
    rows = session.execute(
        select(AlertDelivery, AlertChannel)
        .join(AlertChannel, AlertChannel.id == AlertDelivery.channel_id)
        .where(AlertDelivery.alert_id.in_(alert_ids))
        .order_by(AlertChannel.name)
    )
    return [(delivery, channel) for delivery, channel in rows]


def count_open(session: Session) -> dict[int, tuple[int, int]]:
    """Channel → deliveries that wait, and those that were given up."""
    rows = session.execute(
        select(AlertDelivery.channel_id, AlertDelivery.state, func.count())
        .where(AlertDelivery.state != SENT)
        .group_by(AlertDelivery.channel_id, AlertDelivery.state)
    )
    found: dict[int, tuple[int, int]] = {}
    for channel, state, count in rows:
        waits, lost = found.get(channel, (0, 0))
        found[channel] = (waits, lost + count) if state == GIVEN_UP else (waits + count, lost)
    return found
