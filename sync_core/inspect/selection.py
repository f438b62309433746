"""Who fits a filter, as positions of a sheet: counted by facets, and paged in any order.

What a sheet does not know (changes, rules, personal values) the database answers with keys.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from sync_core.engine.source import Source
from sync_core.inspect.folded import Array
from sync_core.inspect.people_filter import (
    PeopleFilter,
    facets_of,
    is_narrowed,
    names_alone,
    rows_of,
    sorted_by,
)
from sync_core.inspect.sheet import Coded, Sheet, fresh
from sync_core.store import columns as store
from sync_core.store.engines import Database, Session
from sync_core.store.people import ALL, REPORTED
from sync_core.store.search import Search

STEP = 20_000
"""Positions that are looked through for a page at once."""


@dataclass(frozen=True, slots=True)
class Selection:
    """`base`: who fits but for the facets; `chosen`: for each facet asked for, who fits it."""

    sheet: Sheet
    base: Array
    chosen: dict[str, Array]
    sort: str | None
    descending: bool

    @classmethod
    def of(cls, database: Database, session: Session, source: Source, which: PeopleFilter) -> Self:
        facets, sort = facets_of(source, which), sorted_by(source, which)
        in_own_order = sort is None or sort == source.key
        more = [*facets, *([] if in_own_order or sort is None else [sort])]
        sheet = fresh(database, session, source, *(name for name in more if name != source.key))
        base = _known(sheet, which.which)
        rest = replace(which, facets=tuple(f for f in which.facets if f[0] == source.key))
        if (search := names_alone(session, source, which)) is not None:
            base, rest = base & _named(sheet, search), replace(rest, text="")
        if is_narrowed(rest):
            keys = store.keys_found(session, rows_of(source, rest))
            base = base & _mask(sheet, keys)
        return cls(
            sheet,
            base,
            {
                name: _one_of(sheet.columns[name], values)
                for name, values in facets.items()
                if name != source.key
            },
            None if in_own_order else sort,
            which.descending,
        )

    def fitting(self, but: str | None = None) -> Array:
        """Mask of who fits; without the facet `but`."""
        masks = [mask for name, mask in self.chosen.items() if name != but]
        fitting = self.base
        for mask in masks:
            fitting = fitting & mask
        return fitting

    def count(self) -> int:
        return int(np.count_nonzero(self.fitting()))

    def page(self, skip: int, limit: int) -> list[str]:
        """Keys; the order is looked through only as far as the page lies."""
        fitting, order = self.fitting(), self.sheet.order(self.sort, descending=self.descending)
        found: list[Array] = []
        missed, came = skip, 0
        for begin in range(0, len(order), STEP):
            some = order[begin : begin + STEP]
            fit = fitting.take(some)
            if (held := int(np.count_nonzero(fit))) <= missed:
                missed -= held
                continue
            found.append(some[fit][missed : missed + limit - came])
            missed = 0
            came += len(found[-1])
            if came == limit:
                break
        return self.sheet.key_texts(np.concatenate(found)) if found else []


def _named(sheet: Sheet, search: Search) -> Array:
    mask = sheet.named(search.words, search.names)
    if search.key is not None:
        mask[sheet.positions([search.key])] = True
    return mask


def _known(sheet: Sheet, which: str) -> Array:
    if which == ALL:
        return np.ones(len(sheet), dtype=bool)
    return ~sheet.missing if which == REPORTED else sheet.missing


def _mask(sheet: Sheet, keys: Sequence[str]) -> Array:
    mask = np.zeros(len(sheet), dtype=bool)
    mask[sheet.positions(keys)] = True
    return mask


def _one_of(coded: Coded, values: tuple[str | int | None, ...]) -> Array:
    """Mask of the rows with one of the values."""
    numbers = [coded.numbers.get(value) for value in values]
    known = [number for number in numbers if number is not None]
    wanted = np.zeros(len(coded.numbers.values_by_number), dtype=bool)
    wanted[known] = True
    mask: Array = wanted.take(coded.codes)
    return mask
