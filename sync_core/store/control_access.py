"""The tables of the control database: who may log in, who has, and what they did."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from sync_core.store.control import Base


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    password_hash: Mapped[str]
    role: Mapped[str] = mapped_column(String(20))
    disabled: Mapped[bool] = mapped_column(default=False)
    must_change: Mapped[bool] = mapped_column(default=False)
    """The password was given to the person, who has to choose one before anything else."""
    created_at: Mapped[datetime]
    password_changed_at: Mapped[datetime]


class WebSession(Base):
    """A login. The cookie carries a random token; only its hash is kept."""

    __tablename__ = "sessions"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    address: Mapped[str | None]
    agent: Mapped[str | None] = mapped_column(String(200))
    """What the browser called itself at the login."""


class LoginTries(Base):
    """Passwords that were tried in vain: of an account, from an address, by a known browser."""

    __tablename__ = "login_tries"

    bucket: Mapped[str] = mapped_column(String(200), primary_key=True)
    tries: Mapped[int]
    last_at: Mapped[datetime]


class AccessLog(Base):
    """Who did what, when. A trigger refuses every update and every delete."""

    __tablename__ = "access_logs"
    __table_args__ = (
        Index("access_logs_target", "action", "target"),
        Index("access_logs_actor", "actor"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str]
    action: Mapped[str] = mapped_column(String(50))
    target: Mapped[str | None]
    detail: Mapped[str | None]
    address: Mapped[str | None]


class ExportToken(Base):
    """A file of people that one person may fetch, once and soon. Only the token's hash is kept.

    `filter` may hold what was searched for: it goes when the token is used, the row when it is old.
    """

    __tablename__ = "export_tokens"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    source: Mapped[str] = mapped_column(String(50))
    format: Mapped[str] = mapped_column(String(10))
    filter: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    reason: Mapped[str | None]
    """Why the personal columns are to be in it; without one they are masked."""
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
