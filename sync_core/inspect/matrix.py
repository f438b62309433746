"""A run's units as a matrix of campus and term, for sources whose units are named so."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sync_core.access.permissions import SEE, Actor, require
from sync_core.engine.source import Choice
from sync_core.inspect.views import UnitView
from sync_core.store import campuses
from sync_core.store.engines import Databases

NAME = re.compile(r"(\d{4})/(\d{1,12})")


@dataclass(frozen=True, slots=True)
class Cell:
    campus: str
    term: str
    unit: UnitView


@dataclass(frozen=True, slots=True)
class UnitMatrix:
    """`terms`: the oldest first; `campuses`: code → name, in the order of the codes.

    `cells` stand by term and campus, whatever became of them: each keeps its place while a run
    goes on.
    """

    terms: tuple[str, ...]
    campuses: Mapping[str, str]
    cells: tuple[Cell, ...]


def unit_matrix(databases: Databases, actor: Actor, units: Iterable[UnitView]) -> UnitMatrix | None:
    """None where a unit is named otherwise, or there are too few of them to need one."""
    require(actor, SEE)
    cells = [_cell(unit) for unit in units]
    known = [cell for cell in cells if cell is not None]
    if len(known) < len(cells) or len(known) < 2:
        return None
    with databases.data.read() as session:
        names = {campus.pardis_code: campus.name for campus in campuses.all_campuses(session)}
    codes = sorted({cell.campus for cell in known}, key=lambda code: (len(code), code))
    return UnitMatrix(
        terms=tuple(sorted({cell.term for cell in known})),
        campuses={code: names.get(code, code) for code in codes},
        cells=tuple(sorted(known, key=lambda cell: (cell.term, cell.campus))),
    )


def choice_of(units: Iterable[str]) -> Choice:
    """A run of these units alone, also of such as the full plan does not have."""
    names = tuple(units)
    found = [parts for parts in map(NAME.fullmatch, names) if parts]
    if len(found) < len(names):
        return Choice(units=names)
    campuses = tuple(dict.fromkeys(parts[2] for parts in found))
    return Choice("full", campuses, tuple(dict.fromkeys(parts[1] for parts in found)), names)


def _cell(unit: UnitView) -> Cell | None:
    found = NAME.fullmatch(unit.unit)
    return Cell(campus=found[2], term=found[1], unit=unit) if found else None
