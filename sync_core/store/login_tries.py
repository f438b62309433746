"""Counts tries at the door. One guarded statement a bucket: however many come at once, no more
than the limit are let through.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import bindparam, delete, text, update
from sqlalchemy.orm import Session

from sync_core.store.control_access import LoginTries
from sync_core.store.touched import touched
from sync_core.store.types import UtcDateTime

_CLAIM = text(
    """
    INSERT INTO login_tries (bucket, tries, last_at) VALUES (:bucket, 1, :now)
    ON CONFLICT (bucket) DO UPDATE
    SET tries = CASE WHEN login_tries.last_at <= :since THEN 1 ELSE login_tries.tries + 1 END,
        last_at = :now
    WHERE login_tries.last_at <= :since OR login_tries.tries < :limit
    """
).bindparams(
    bindparam("now", type_=UtcDateTime),
    bindparam("since", type_=UtcDateTime),
)


def claim(session: Session, bucket: str, *, limit: int, now: datetime, since: datetime) -> bool:
    """Counts one more try, unless `limit` were made and the last one was later than `since`."""
    values = {"bucket": bucket, "limit": limit, "now": now, "since": since}
    result = session.execute(_CLAIM, values)
    return touched(result) == 1


def forget(session: Session, buckets: Iterable[str]) -> None:
    session.execute(delete(LoginTries).where(LoginTries.bucket.in_(list(buckets))))


def take_back(session: Session, bucket: str) -> None:
    """One try was none."""
    session.execute(
        update(LoginTries)
        .where(LoginTries.bucket == bucket, LoginTries.tries > 0)
        .values(tries=LoginTries.tries - 1)
    )


def forget_older(session: Session, before: datetime) -> None:
    session.execute(delete(LoginTries).where(LoginTries.last_at < before))
