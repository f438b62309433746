"""What runs changed in the rows of their source, person by person and column by column, masked."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sync_core.access.permissions import SEE, Actor, require
from sync_core.base.settings import Settings
from sync_core.engine.source import Source
from sync_core.inspect.masking import Mask
from sync_core.inspect.people_filter import order_of
from sync_core.inspect.periods import Period
from sync_core.inspect.refs import Refs
from sync_core.store import change_pages as store
from sync_core.store.change_pages import BACK, CHANGED, KINDS, MISSING, NEW, Part
from sync_core.store.engines import Databases
from sync_core.store.history import HistoryFilter
from sync_core.store.people import Rows

__all__ = ["BACK", "CHANGED", "KINDS", "MISSING", "NEW", "Change", "Changes", "ChangesPage"]

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Changes:
    """How many there are, run by run, of each kind and column; the newest run first.

    Whatever is shown or counted of changes is a sum of `parts`.
    """

    parts: tuple[Part, ...]

    @property
    def total(self) -> int:
        return sum(part.changes for part in self.parts)

    def by_kind(self) -> dict[str, int]:
        """NEW, MISSING and BACK are people, CHANGED are cells. Every kind is there."""
        counts = Counter(dict.fromkeys(KINDS, 0))
        for part in self.parts:
            counts[part.kind] += part.changes
        return dict(counts)

    def by_column(self) -> dict[str, int]:
        """Cells that were changed, the column with the most first."""
        counts: Counter[str] = Counter()
        for part in self.parts:
            if part.kind == CHANGED and part.column is not None:
                counts[part.column] += part.changes
        return dict(counts.most_common())

    def only(self, kind: str | None = None, column: str | None = None) -> "Changes":
        """None means any."""
        return Changes(tuple(part for part in self.parts if _fits(part, kind, column)))


@dataclass(frozen=True, slots=True)
class Change:
    """One cell, both sides as text. `column` is None where the person is new.

    `names`: what the person is called today. `ref`: for the link to the person.
    """

    run_id: int
    at: datetime
    key: Any
    ref: str
    names: tuple[str, ...]
    column: str | None
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class ChangesPage:
    rows: tuple[Change, ...]
    total: int


def changes_of_run(databases: Databases, actor: Actor, source: Source, run_id: int) -> Changes:
    require(actor, SEE)
    return _read(databases, source, (run_id, run_id))


def changes_between(databases: Databases, actor: Actor, source: Source, period: Period) -> Changes:
    """Of the runs that were asked for in those days."""
    require(actor, SEE)
    which = HistoryFilter(source=source.name, since=period.since, until=period.until)
    with databases.control.read() as session:
        runs = store.runs_between(session, which)
    return Changes(()) if runs is None else _read(databases, source, runs)


def changes_page(
    settings: Settings,
    databases: Databases,
    actor: Actor,
    source: Source,
    changes: Changes,
    page: int,
) -> ChangesPage:
    """Pages count from 1. As in the list of people, no order tells of a key that is masked."""
    require(actor, SEE)
    people = Rows(source.table, source.key, order_of(source))
    skip = (page - 1) * PER_PAGE
    with databases.data.read() as session:
        found = store.page_of(
            session,
            source.name,
            changes.parts,
            people,
            source.names,
            skip=skip,
            limit=PER_PAGE,
        )
    return ChangesPage(tuple(_changes(settings, source, found)), changes.total)


def _read(databases: Databases, source: Source, runs: tuple[int, int]) -> Changes:
    with databases.data.read() as session:
        return Changes(tuple(store.parts_of(session, source.name, runs)))


def _fits(part: Part, kind: str | None, column: str | None) -> bool:
    return kind in (None, part.kind) and column in (None, part.column)


def _changes(settings: Settings, source: Source, rows: list[tuple[Any, ...]]) -> Iterator[Change]:
    mask, refs = Mask.of(source), Refs.of(settings, source)
    for run_id, at, key, column, old, new, *names in rows:
        before, after = mask.change(column, old, new)
        called = tuple(name for name in names if name)
        yield Change(run_id, at, mask.key(key), refs.of_key(key), called, column, before, after)
