"""Which terms and how many units the full plan has, or would have. It starts nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sync_core.access.permissions import CONFIGURE, Actor, require
from sync_core.base.settings import Settings
from sync_core.engine.reference import read_reference
from sync_core.engine.source import Reference, Source, load_sources
from sync_core.ops.stored import with_stored
from sync_core.store.engines import Databases

TERM = "term"
"""The parameter of a unit that belongs to a term."""
ONE: tuple[tuple[str, ...], Mapping[str, int]] = (("1",), {})
"""A campus that any plan takes, and no province: enough to know what the newest term is."""


@dataclass(frozen=True, slots=True)
class PlanView:
    """`terms`: the newest first; `current`: today's, empty where no source has terms.

    `units`: of each source that has terms. `from_environment`: HAMGAM_CAMPUSES counts, not the
    table of campuses.
    """

    terms: tuple[str, ...]
    current: str
    campuses: int
    units: Mapping[str, int]
    from_environment: bool

    @property
    def leaves_out_current(self) -> bool:
        return bool(self.current) and self.current not in self.terms


def read_plan(
    settings: Settings,
    databases: Databases,
    actor: Actor,
    *,
    first_year: int | None = None,
    terms: tuple[str, ...] | None = None,
) -> PlanView:
    """`first_year`, `terms`: instead of those that count now. Raises Denied, ConfigError."""
    require(actor, CONFIGURE)
    now = with_stored(settings, databases)
    planned = replace(
        now,
        first_year=now.first_year if first_year is None else first_year,
        terms=now.terms if terms is None else terms,
    )
    with databases.data.read() as session:
        reference = read_reference(session, planned)
    bare = Reference(replace(now, terms=(), first_year=Settings.first_year), reference.today, *ONE)
    sources = [one for one in load_sources(settings).values() if _terms(one, bare)]
    found = {source.name: _terms(source, reference) for source in sources}
    return PlanView(
        terms=tuple(sorted({term for units in found.values() for term in units}, reverse=True)),
        current=max((max(_terms(source, bare)) for source in sources), default=""),
        campuses=len(reference.campuses),
        units={name: len(units) for name, units in found.items()},
        from_environment=bool(settings.campuses),
    )


def _terms(source: Source, reference: Reference) -> list[str]:
    """The term of each unit that has one."""
    return [unit.params[TERM] for unit in source.plan(reference) if TERM in unit.params]
