"""What became of one person: when they were seen, and each change of their row, masked."""

from dataclasses import dataclass
from datetime import datetime

from sync_core.access.permissions import SEE, Actor, require
from sync_core.base.settings import Settings
from sync_core.engine.source import Source
from sync_core.inspect.masking import Mask
from sync_core.inspect.person import row_of
from sync_core.inspect.refs import Refs
from sync_core.store import history
from sync_core.store import person_changes as store
from sync_core.store.engines import Databases

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class PersonChange:
    """One cell, both sides as text. `column` is None where the person's row was made."""

    run_id: int
    at: datetime
    column: str | None
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class PersonHistory:
    """`total`: how many changes are kept.

    `last_seen`: when the unit that the row comes from last succeeded; None for a person who is no
    longer reported: `missing_since` tells from when on. Times are None where nothing tells of them
    any more.
    """

    changes: tuple[PersonChange, ...]
    total: int
    first_seen: datetime | None
    last_seen: datetime | None
    last_changed: datetime | None
    missing_since: datetime | None


def person_history(
    settings: Settings, databases: Databases, actor: Actor, source: Source, ref: str, page: int
) -> PersonHistory:
    """The newest change first; pages count from 1. Raises Denied, UnknownPerson."""
    require(actor, SEE)
    key = Refs.of(settings, source).key_of(ref)
    row = row_of(databases, source, key, ())
    mask, skip = Mask.of(source), (page - 1) * PER_PAGE
    with databases.data.read() as session:
        found = store.changes_of(session, source.name, key, skip=skip, limit=PER_PAGE)
        total = store.count_of(session, source.name, key)
        first = store.inserted_at(session, source.name, key)
        changed = store.changed_at(session, source.name, key)
        seen = store.reported_at(session, source.table, source.key, key)
    return PersonHistory(
        tuple(_change(mask, *change) for change in found),
        total,
        first or _time_of(databases, row["first_run"]),
        seen if row["missing_since"] is None else None,
        changed or _time_of(databases, row["last_run"]),
        row["missing_since"],
    )


def _change(
    mask: Mask, run_id: int, at: datetime, column: str | None, old: str | None, new: str | None
) -> PersonChange:
    return PersonChange(run_id, at, column, *mask.change(column, old, new))


def _time_of(databases: Databases, run_id: int) -> datetime | None:
    with databases.control.read() as session:
        run = history.find_run(session, run_id)
        return None if run is None else run.started_at or run.created_at
