"""The rows of a source, masked before anything reaches a screen. It never unmasks.

No row stands where a personal column would put it: neither the order nor a search tells more than
the masks show.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sync_core.access.permissions import SEE, Actor, require
from sync_core.base.settings import Settings
from sync_core.engine.source import Source
from sync_core.inspect.masking import Mask, personal_columns
from sync_core.inspect.people_filter import (
    PeopleFilter,
    is_narrowed,
    names_alone,
    names_of,
    rows_of,
)
from sync_core.inspect.refs import Refs
from sync_core.store import people as store
from sync_core.store.columns import keys_found, rows_by_key
from sync_core.store.engines import Databases, Session
from sync_core.store.people import ALL, MISSING_ONLY, REPORTED

PER_PAGE = 50
DEEP = 5_000
"""Rows before a page that the database passes over in a few milliseconds."""

FEW = 10_000
"""So many rows that fit are found first and put in order then."""

Found = list[dict[str, Any]]

__all__ = ["ALL", "MISSING_ONLY", "PER_PAGE", "REPORTED", "PeopleCount", "PeopleFilter"]


@dataclass(frozen=True, slots=True)
class PeopleCount:
    reported: int
    missing: int

    def of(self, which: str) -> int:
        if which == ALL:
            return self.reported + self.missing
        return self.missing if which == MISSING_ONLY else self.reported


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """`columns` in the table's order; each row has them and `missing_since`. `refs`: each row's.

    `found`: how many rows fit what was asked; None where everything of `which` does.
    """

    columns: tuple[str, ...]
    personal: frozenset[str]
    rows: tuple[Mapping[str, Any], ...]
    refs: tuple[str, ...]
    found: int | None = None


def count_people(databases: Databases, actor: Actor, source: Source) -> PeopleCount:
    require(actor, SEE)
    with databases.data.read() as session:
        reported, missing = store.count_people(session, source.table)
        return PeopleCount(reported, missing)


def people_page(
    settings: Settings,
    databases: Databases,
    actor: Actor,
    source: Source,
    which: PeopleFilter,
    page: int,
) -> PeoplePage:
    """Pages count from 1. By key where everybody may see it, else by name, unless sorted."""
    require(actor, SEE)
    mask, refs = Mask.of(source), Refs.of(settings, source)
    skip = (page - 1) * PER_PAGE
    with databases.data.read() as session:
        by_sheet = which.sort or which.descending or which.facets or skip >= DEEP
        if not by_sheet:
            by_sheet = names_alone(session, source, which) is not None
        read = _by_sheet if by_sheet else _by_database
        found, total = read(databases, session, source, which, skip)
    return PeoplePage(
        columns=names_of(source),
        personal=frozenset(column.name for column in personal_columns(source)),
        rows=tuple(map(mask.row, found)),
        refs=tuple(refs.of_key(row[source.key]) for row in found),
        found=total,
    )


def people_mark(databases: Databases, actor: Actor, source: Source) -> tuple[object, ...]:
    """Changes whenever the source's rows may have; a key for caches."""
    require(actor, SEE)
    with databases.data.read() as session:
        return store.people_mark(session, source.name)


def _by_database(
    databases: Databases, session: Session, source: Source, which: PeopleFilter, skip: int
) -> tuple[Found, int | None]:
    rows, names = rows_of(source, which), names_of(source)
    if not is_narrowed(which):
        return store.people_page(session, rows, names, skip=skip, limit=PER_PAGE), None
    keys = keys_found(session, rows, FEW)
    if len(keys) == FEW:
        found = store.people_page(session, rows, names, skip=skip, limit=PER_PAGE)
        return found, store.count_rows(session, rows)
    if rows.order == (source.key,):
        page = sorted(keys)[skip : skip + PER_PAGE]
        return rows_by_key(session, rows, names, page), len(keys)
    return store.people_page(session, rows, names, skip=skip, limit=PER_PAGE), len(keys)


def _by_sheet(
    databases: Databases, session: Session, source: Source, which: PeopleFilter, skip: int
) -> tuple[Found, int | None]:
    """In any order, at any depth, and with any facets. The rows themselves come from the table."""
    from sync_core.inspect.selection import Selection  # numpy is a tenth of a second of imports

    selection = Selection.of(databases.data, session, source, which)
    keys = selection.page(skip, PER_PAGE)
    found = rows_by_key(session, rows_of(source, which), names_of(source), keys)
    return found, selection.count() if is_narrowed(which) else None
