"""How a source's data stand against each rule: now, and after each of the last runs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sync_core.access.permissions import SEE, Actor, require
from sync_core.base import rules
from sync_core.engine.source import Source
from sync_core.store import quality as store
from sync_core.store.engines import Databases
from sync_core.store.quality import Counted

LAST_RUNS = 30


@dataclass(frozen=True, slots=True)
class RuleState:
    """`columns`: what the rule looks at, none where that is the whole table.

    `past`: its counts, the oldest first; `told`: what the last one says besides. For EMPTY_COLUMNS
    and fields the names; for NO_KEY the run that keeps the records; for TOTALS the rows, the people
    and the records.
    """

    rule: str
    columns: tuple[str, ...]
    past: tuple[tuple[int, int], ...]
    told: tuple[str, ...]

    @property
    def count(self) -> int:
        return self.past[-1][1]

    @property
    def run_id(self) -> int:
        return self.past[-1][0]

    @property
    def has_rows(self) -> bool:
        """Whether the people behind the count can be shown."""
        return self.rule in rules.OF_ROWS


@dataclass(frozen=True, slots=True)
class Quality:
    """`run_id`, `at`: the last count; None before the first one. `waits`: a newer run ended."""

    source: str
    run_id: int | None
    at: datetime | None
    rules: tuple[RuleState, ...]
    waits: bool


def read_quality(databases: Databases, actor: Actor, source: Source) -> Quality:
    """Rules of rows first, as the source names them; one that was never counted is left out."""
    require(actor, SEE)
    with databases.data.read() as session:
        found = store.counts_of(session, source.name, LAST_RUNS)
        last = store.last_run(session, source.name)
    newest = max((past[-1] for past in found.values()), key=_run_of, default=None)
    return Quality(
        source=source.name,
        run_id=newest.run_id if newest else None,
        at=newest.at if newest else None,
        rules=tuple(_states(source, found)),
        waits=last is not None and (newest is None or newest.run_id < last),
    )


def _states(source: Source, found: dict[str, list[Counted]]) -> Iterator[RuleState]:
    columns = {check.rule: check.columns for check in source.quality}
    for rule in (*columns, *rules.OF_TABLES):
        if rule in found:
            yield _state(rule, columns.get(rule, ()), found[rule])


def _state(rule: str, columns: tuple[str, ...], past: Sequence[Counted]) -> RuleState:
    counts = tuple((each.run_id, each.count) for each in past)
    return RuleState(rule, columns, counts, past[-1].told)


def _run_of(counted: Counted) -> int:
    return counted.run_id
