"""How many people there are of each value of each facet. Personal columns are no facets."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from sync_core.access.permissions import SEE, Actor, require
from sync_core.engine.source import Source
from sync_core.inspect.folded import Array
from sync_core.inspect.people_filter import PeopleFilter, facets_of
from sync_core.inspect.selection import Selection
from sync_core.inspect.sheet import Coded, fresh
from sync_core.store.engines import Databases

MOST = 50
"""Values of a facet that are told one by one."""

Value = tuple[str | None, int]


@dataclass(frozen=True, slots=True)
class Facet:
    """`values`: the commonest first, with how many people have it; None for those without a value.

    `others`: how many people have a value that is not among them. Those that are asked for always
    are.
    """

    column: str
    values: tuple[Value, ...]
    others: int = 0

    @property
    def total(self) -> int:
        return sum(count for _, count in self.values) + self.others


def facet_counts(
    databases: Databases, actor: Actor, source: Source, which: PeopleFilter
) -> tuple[Facet, ...]:
    """Of each facet of the source, in its order, among those who fit all that is asked but for the
    facet itself."""
    require(actor, SEE)
    with databases.data.read() as session:
        selection = Selection.of(databases.data, session, source, which)
    asked = facets_of(source, which)
    everybody = np.flatnonzero(selection.fitting())
    facets = []
    for name in source.facets:
        own = name in selection.chosen
        among = np.flatnonzero(selection.fitting(but=name)) if own else everybody
        coded = selection.sheet.columns[name]
        facets.append(_facet(name, coded, _counted(coded, among), asked.get(name, ())))
    return tuple(facets)


def get_ready(databases: Databases, sources: Iterable[Source]) -> None:
    """What the first look at a million rows would wait seconds for. Raises DatabaseError."""
    for source in sources:
        with databases.data.read() as session:
            sheet = fresh(databases.data, session, source)
        for name in source.names:
            sheet.columns[name].numbers.folded()


def _counted(coded: Coded, among: Array) -> Array:
    """By the numbers of the values."""
    codes = coded.codes if len(among) == len(coded.codes) else coded.codes[among]
    return np.bincount(codes, minlength=len(coded.numbers.values_by_number))


def _facet(name: str, coded: Coded, counts: Array, asked: tuple[str | int | None, ...]) -> Facet:
    values = coded.numbers.values_by_number
    commonest = np.argsort(-counts[: len(values)], kind="stable")[:MOST]
    told = [int(number) for number in commonest if counts[number]]
    wanted = (coded.numbers.get(value) for value in asked)
    told += [number for number in wanted if number is not None and number not in told]
    shown = tuple((_text(values[number]), int(counts[number])) for number in told)
    return Facet(name, shown, int(counts.sum()) - sum(count for _, count in shown))


def _text(value: object) -> str | None:
    return None if value is None else str(value)
