"""Queries on people who log in, their web sessions and the audit log. They decide nothing."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session as Session  # the rooms above annotate with it

from sync_core.store.control_access import AccessLog, User, WebSession


def find_user(session: Session, name: str) -> User | None:
    return session.scalar(select(User).where(User.name == name))


def all_users(session: Session) -> Sequence[User]:
    return session.scalars(select(User).order_by(User.name)).all()


def add_user(
    session: Session,
    name: str,
    password_hash: str,
    role: str,
    now: datetime,
    *,
    must_change: bool = False,
) -> User:
    user = User(
        name=name,
        password_hash=password_hash,
        role=role,
        must_change=must_change,
        created_at=now,
        password_changed_at=now,
    )
    session.add(user)
    session.flush()
    return user


def lock_enabled(session: Session, role: str) -> set[int]:
    """The ids of all who have the role and may log in; nobody else changes them meanwhile."""
    query = select(User.id).where(User.role == role, ~User.disabled).order_by(User.id)
    return set(session.scalars(query.with_for_update()))


def replace_hash(session: Session, user_id: int, password_hash: str) -> None:
    """The same password under new parameters: not a change of the password."""
    _change_user(session, user_id, password_hash=password_hash)


def lock_password(session: Session, user_id: int) -> str | None:
    """The hash as it is now; nobody else changes it meanwhile."""
    return session.scalar(select(User.password_hash).where(User.id == user_id).with_for_update())


def change_password(
    session: Session, user_id: int, password_hash: str, now: datetime, *, must_change: bool
) -> None:
    _change_user(
        session,
        user_id,
        password_hash=password_hash,
        password_changed_at=now,
        must_change=must_change,
    )


def change_role(session: Session, user_id: int, role: str) -> None:
    _change_user(session, user_id, role=role)


def set_disabled(session: Session, user_id: int, disabled: bool) -> None:
    _change_user(session, user_id, disabled=disabled)


def _change_user(session: Session, user_id: int, **values: object) -> None:
    session.execute(update(User).where(User.id == user_id).values(values))


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
    """Moves `last_seen_at` forward where it is not later than `before`."""
    session.execute(
        update(WebSession)
        .where(WebSession.token_hash == token_hash, WebSession.last_seen_at <= before)
        .values(last_seen_at=now)
    )


def delete_session(session: Session, token_hash: str) -> None:
    session.execute(delete(WebSession).where(WebSession.token_hash == token_hash))


def delete_sessions_of(session: Session, user_id: int) -> None:
    session.execute(delete(WebSession).where(WebSession.user_id == user_id))


def delete_expired_sessions(session: Session, now: datetime) -> None:
    session.execute(delete(WebSession).where(WebSession.expires_at <= now))


def open_sessions(
    session: Session, user_id: int, now: datetime, seen_after: datetime
) -> Sequence[WebSession]:
    """Neither expired nor idle; the newest first."""
    return session.scalars(
        select(WebSession)
        .where(
            WebSession.user_id == user_id,
            WebSession.expires_at > now,
            WebSession.last_seen_at > seen_after,
        )
        .order_by(WebSession.created_at.desc(), WebSession.token_hash)
    ).all()


def count_sessions(session: Session, now: datetime, seen_after: datetime) -> dict[int, int]:
    """User's id → sessions that are neither expired nor idle."""
    rows = session.execute(
        select(WebSession.user_id, func.count())
        .where(WebSession.expires_at > now, WebSession.last_seen_at > seen_after)
        .group_by(WebSession.user_id)
    )
    return {int(user_id): int(count) for user_id, count in rows}


def add_access_log(session: Session, row: AccessLog) -> None:
    session.add(row)
    session.flush()


def last_times(session: Session, action: str) -> dict[str, datetime]:
    """Target → when the action was last recorded of it."""
    rows = session.execute(
        select(AccessLog.target, func.max(AccessLog.at))
        .where(AccessLog.action == action, AccessLog.target.is_not(None))
        .group_by(AccessLog.target)
    )
    return {str(target): at for target, at in rows}
