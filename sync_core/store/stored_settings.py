"""Queries on `settings`: what an operator set on a screen. They neither judge nor open a value."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from sync_core.store.control import Setting
from sync_core.store.touched import touched


@dataclass(frozen=True, slots=True)
class Stored:
    value: str
    updated_at: datetime
    updated_by: str


def find_settings(session: Session, keys: Collection[str]) -> dict[str, Stored]:
    """By key; a key that was never stored is left out."""
    rows = session.execute(
        select(Setting.key, Setting.value, Setting.updated_at, Setting.updated_by).where(
            Setting.key.in_(keys)
        )
    )
    return {key: Stored(value, at, by) for key, value, at, by in rows}


def put_settings(
    session: Session,
    values: Mapping[str, str],
    seen: Mapping[str, Stored],
    *,
    at: datetime,
    by: str,
) -> bool:
    """All of `values`, or False where somebody changed one since `seen` was found: roll back then.

    The order is the same for all, so that no two of them wait for each other.
    """
    return all(
        _put(session, key, Stored(values[key], at, by), seen.get(key)) for key in sorted(values)
    )


def _put(session: Session, key: str, new: Stored, seen: Stored | None) -> bool:
    row = {"value": new.value, "updated_at": new.updated_at, "updated_by": new.updated_by}
    if seen is None:
        return _add(session, {"key": key, **row})
    result = session.execute(
        update(Setting)
        .where(Setting.key == key, Setting.updated_at == seen.updated_at)
        .values(row),
        execution_options={"synchronize_session": False},
    )
    return touched(result) == 1


def _add(session: Session, row: Mapping[str, object]) -> bool:
    try:
        with session.begin_nested():
            session.execute(insert(Setting).values(row))
    except IntegrityError:
        return False
    return True
