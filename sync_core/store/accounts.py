"""Queries on people who log in, their web sessions and the audit log. They decide nothing."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session as Session  # the rooms above annotate with it

from sync_core.store.control import AccessLog, User, WebSession


def find_user(session: Session, name: str) -> User | None:
    return session.scalar(select(User).where(User.name == name))


def all_users(session: Session) -> Sequence[User]:
    return session.scalars(select(User).order_by(User.name)).all()


def add_user(session: Session, name: str, password_hash: str, role: str, now: datetime) -> User:
    user = User(
        name=name,
        password_hash=password_hash,
        role=role,
        created_at=now,
        password_changed_at=now,
    )
    session.add(user)
    session.flush()
    return user


def replace_hash(session: Session, user_id: int, password_hash: str) -> None:
    """The same password under new parameters: not a change of the password."""
    session.execute(update(User).where(User.id == user_id).values(password_hash=password_hash))


def change_password(session: Session, user_id: int, password_hash: str, now: datetime) -> None:
    session.execute(
        update(User)
        .where(User.id == user_id)
        .values(password_hash=password_hash, password_changed_at=now)
    )


def add_session(session: Session, row: WebSession) -> None:
    session.add(row)
    session.flush()


def find_session(session: Session, token_hash: str) -> tuple[WebSession, User] | None:
    """A session and its user, also when either is no longer good: the caller judges."""
    found = session.execute(
        select(WebSession, User)
        .join(User, User.id == WebSession.user_id)
        .where(WebSession.token_hash == token_hash)
    ).first()
    return (found[0], found[1]) if found else None


def touch_session(session: Session, token_hash: str, now: datetime, before: datetime) -> None:
    """Moves `last_seen_at` forward where it is older than `before`."""
    session.execute(
        update(WebSession)
        .where(WebSession.token_hash == token_hash, WebSession.last_seen_at < before)
        .values(last_seen_at=now)
    )


def delete_session(session: Session, token_hash: str) -> None:
    session.execute(delete(WebSession).where(WebSession.token_hash == token_hash))


def delete_sessions_of(session: Session, user_id: int) -> None:
    session.execute(delete(WebSession).where(WebSession.user_id == user_id))


def delete_expired_sessions(session: Session, now: datetime) -> None:
    session.execute(delete(WebSession).where(WebSession.expires_at <= now))


def add_access_log(session: Session, row: AccessLog) -> None:
    session.add(row)
    session.flush()


def count_actions_since(
    session: Session, action: str, target: str, since: datetime, *, reset_by: str
) -> int:
    """How often `action` was logged for `target` since a time and since the last `reset_by`."""
    last_reset = (
        select(func.coalesce(func.max(AccessLog.id), 0))
        .where(AccessLog.action == reset_by, AccessLog.target == target)
        .scalar_subquery()
    )
    return (
        session.scalar(
            select(func.count())
            .select_from(AccessLog)
            .where(
                AccessLog.action == action,
                AccessLog.target == target,
                AccessLog.at > since,
                AccessLog.id > last_reset,
            )
        )
        or 0
    )
