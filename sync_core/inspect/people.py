"""The rows of a source, masked before anything reaches a screen. It never unmasks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sync_core.engine.source import Source
from sync_core.store import people as store
from sync_core.store.engines import Databases
from sync_core.store.people import ALL, MISSING_ONLY, REPORTED

PER_PAGE = 50
DOTS = "•••••"

__all__ = ["ALL", "MISSING_ONLY", "PER_PAGE", "REPORTED", "PeopleCount", "PeoplePage"]


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
    """`columns` in the table's order; each row has them and `missing_since`."""

    columns: tuple[str, ...]
    personal: frozenset[str]
    rows: tuple[Mapping[str, Any], ...]


def count_people(databases: Databases, source: Source) -> PeopleCount:
    with databases.data.read() as session:
        reported, missing = store.count_people(session, source.table)
        return PeopleCount(reported, missing)


def people_page(databases: Databases, source: Source, which: str, page: int) -> PeoplePage:
    """Ordered by key; pages count from 1."""
    names = tuple(column.name for column in source.columns)
    with databases.data.read() as session:
        rows = store.people_page(
            session,
            source.table,
            source.key,
            names,
            which=which,
            skip=(page - 1) * PER_PAGE,
            limit=PER_PAGE,
        )
    personal = frozenset(column.name for column in source.columns if column.personal)
    return PeoplePage(names, personal, tuple(_masked(row, source.key, personal) for row in rows))


def people_mark(databases: Databases, source: Source) -> tuple[object, ...]:
    """Changes whenever the source's rows may have; a key for caches."""
    with databases.data.read() as session:
        return store.people_mark(session, source.name)


def mask(value: object, *, is_key: bool) -> object:
    """Nothing stays of a personal value; of a key enough to tell two rows apart."""
    if value is None or value == "":
        return value
    text = str(value)
    return f"{text[:3]}{DOTS}{text[-2:]}" if is_key and len(text) >= 8 else DOTS


def _masked(row: dict[str, Any], key: str, personal: frozenset[str]) -> dict[str, Any]:
    return {
        name: mask(value, is_key=name == key) if name in personal else value
        for name, value in row.items()
    }
