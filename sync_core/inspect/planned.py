"""What a run would cover, before anybody starts it. It starts nothing."""

from collections.abc import Mapping
from dataclasses import dataclass

from sync_core.access.permissions import SEE, Actor, require
from sync_core.base.settings import Settings
from sync_core.engine.plan import make_plan
from sync_core.engine.reference import read_reference
from sync_core.engine.source import Choice, Source
from sync_core.inspect.matrix import NAME
from sync_core.store import campuses, ledger
from sync_core.store.engines import Databases


@dataclass(frozen=True, slots=True)
class Parts:
    """The campuses (code → name) and terms of the full plan; empty for a source without them.

    The newest term first.
    """

    campuses: Mapping[str, str]
    terms: tuple[str, ...]


def count_planned(
    settings: Settings, databases: Databases, actor: Actor, source: Source, choice: Choice
) -> int:
    """How many units. Raises NothingToDo, and ConfigError for a plan without units."""
    require(actor, SEE)
    with databases.data.read() as session:
        reference = read_reference(session, settings)
        succeeded = ledger.succeeded_units(session, source.name)
    return len(make_plan(source, reference, choice, succeeded).units)


def planned_parts(settings: Settings, databases: Databases, actor: Actor, source: Source) -> Parts:
    require(actor, SEE)
    with databases.data.read() as session:
        reference = read_reference(session, settings)
        names = {campus.pardis_code: campus.name for campus in campuses.all_campuses(session)}
    found = [NAME.fullmatch(unit.name) for unit in source.plan(reference)]
    parts = [(match[1], match[2]) for match in found if match]
    codes = sorted({code for _, code in parts})
    terms = sorted({term for term, _ in parts}, reverse=True)
    return Parts({code: names.get(code, code) for code in codes}, tuple(terms))
