"""The tables of the control database: what was worth telling, to whom, and what arrived."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sync_core.store.control import Base
from sync_core.store.control_access import User


class AlertRule(Base):
    """What an operator set of a rule; one that is not here is as `alerts.kinds` says.

    `source` is empty for what holds for all of them.
    """

    __tablename__ = "alert_rules"

    rule: Mapped[str] = mapped_column(String(20), primary_key=True)
    source: Mapped[str] = mapped_column(String(50), primary_key=True)
    enabled: Mapped[bool]
    threshold: Mapped[float | None]
    updated_at: Mapped[datetime]
    updated_by: Mapped[str]


class AlertChannel(Base):
    """Where alerts are sent. The address is a secret: it is kept sealed, and never shown."""

    __tablename__ = "alert_channels"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    scheme: Mapped[str] = mapped_column(String(20))
    shown: Mapped[str] = mapped_column(String(200))
    """The scheme, and the host where that is no secret."""
    sealed: Mapped[str]
    enabled: Mapped[bool] = mapped_column(default=True)
    min_severity: Mapped[int] = mapped_column(default=0)
    last_ok_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(String(50))
    """Why the last try failed; None after one that did not."""
    last_error_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]
    updated_by: Mapped[str]


class Alert(Base):
    """What was worth telling: the inbox, and what deliveries are about. Nothing changes a row.

    It is written in the transaction of what it tells. It holds names, numbers and a run's message:
    no secret and no person's data.
    """

    __tablename__ = "alerts"
    __table_args__ = (UniqueConstraint("run_id", "rule", name="one_alert_a_run_and_rule"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    rule: Mapped[str] = mapped_column(String(20), index=True)
    source: Mapped[str | None] = mapped_column(String(50))
    run_id: Mapped[int | None]
    severity: Mapped[int]
    at: Mapped[datetime] = mapped_column(index=True)
    params: Mapped[dict[str, Any]]


class AlertDelivery(Base):
    """An alert on its way through one channel. It is claimed by a guarded update.

    `next_try_at`: when it may go next; while it is being sent, when it counts as lost and may be
    tried again. `message`: several alerts that were sent as one share it.
    """

    __tablename__ = "alert_deliveries"
    __table_args__ = (
        Index("alert_deliveries_due", "state", "next_try_at"),
        Index("alert_deliveries_sent", "channel_id", "sent_at"),
    )

    alert_id: Mapped[int] = mapped_column(
        ForeignKey(Alert.id, ondelete="CASCADE"), primary_key=True
    )
    channel_id: Mapped[int] = mapped_column(
        ForeignKey(AlertChannel.id, ondelete="CASCADE"), primary_key=True
    )
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime]
    first_try_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(String(50))
    claim: Mapped[str | None] = mapped_column(String(32), index=True)
    message: Mapped[str | None] = mapped_column(String(32))


class AlertRead(Base):
    """Who has read which alert."""

    __tablename__ = "alert_reads"

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), primary_key=True)
    alert_id: Mapped[int] = mapped_column(
        ForeignKey(Alert.id, ondelete="CASCADE"), primary_key=True
    )
    at: Mapped[datetime]


class AlertBreach(Base):
    """A promise that is broken now. Its row comes with its alert, and goes when it holds again."""

    __tablename__ = "alert_breaches"

    rule: Mapped[str] = mapped_column(String(20), primary_key=True)
    subject: Mapped[str] = mapped_column(String(500), primary_key=True)
    begun_at: Mapped[datetime]
