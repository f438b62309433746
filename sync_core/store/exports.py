"""Queries on the files that somebody may fetch once. They judge nobody."""

from datetime import datetime

from sqlalchemy import delete, null, select, update
from sqlalchemy.orm import Session

from sync_core.store.control_access import ExportToken


def add_token(session: Session, row: ExportToken) -> None:
    session.add(row)
    session.flush()


def find_token(session: Session, token_hash: str) -> ExportToken | None:
    """Also one that is old or used: the caller judges."""
    return session.get(ExportToken, token_hash)


def use_token(session: Session, token_hash: str, now: datetime) -> bool:
    """False where somebody was first, or it is too late. What was asked for is not kept."""
    used = session.execute(
        update(ExportToken)
        .where(
            ExportToken.token_hash == token_hash,
            ExportToken.used_at.is_(None),
            ExportToken.expires_at > now,
        )
        .values(used_at=now, filter=null(), reason=None)
        .returning(ExportToken.token_hash)
    )
    return used.one_or_none() is not None


def has_expired(session: Session, now: datetime) -> bool:
    query = select(ExportToken.token_hash).where(ExportToken.expires_at <= now).limit(1)
    return session.scalar(query) is not None


def delete_expired(session: Session, now: datetime) -> None:
    session.execute(delete(ExportToken).where(ExportToken.expires_at <= now))
