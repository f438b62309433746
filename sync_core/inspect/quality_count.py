"""Counts what breaks the rules, once after each run. No run waits for it.

Whatever ends a run may be killed before it comes here: the supervisor, the dashboard's sweep and
`tick` all call it, and it does what is not done yet.
"""

from collections.abc import Iterator

from sync_core.base import rules
from sync_core.base.clock import utc_now
from sync_core.base.settings import Settings
from sync_core.engine.canonical import no_key
from sync_core.engine.source import Source, load_sources
from sync_core.inspect.checks import looked_at
from sync_core.store import fields, history, quality, quality_tables
from sync_core.store.engines import Database, Databases, Session
from sync_core.store.quality import Broken, Count
from sync_core.store.quality_rules import Looked


def count_quality(settings: Settings, databases: Databases) -> list[int]:
    """The runs whose counts it made: the last one of each source, where that lacked them.

    Safe to call from many processes at once. It takes seconds in a million changed rows.
    """
    with databases.data.read() as session:
        lacking = quality.uncounted(session)
    if not lacking:  # nothing is imported for that, every minute
        return []
    sources = [source for name, source in load_sources(settings).items() if name in lacking]
    counted = (_count(databases, source) for source in sources)
    return [run_id for run_id in counted if run_id is not None]


def _count(databases: Databases, source: Source) -> int | None:
    """What is read is one moment; what is written are only the differences."""
    with databases.data.read() as session:
        run_id = quality.uncounted(session).get(source.name)
        if run_id is None or _is_active(databases.control, run_id):
            return None
        broken = _broken(session, source)
        counts = [*_of_rows(session, source, broken), *_of_table(session, source, run_id)]
    with databases.data.write() as session:
        kept = quality.keep(session, source.name, run_id, counts, broken or (), utc_now())
    return run_id if kept else None


def _is_active(control: Database, run_id: int) -> bool:
    with control.read() as session:
        run = history.find_run(session, run_id)
        return run is not None and run.finished_at is None


def _broken(session: Session, source: Source) -> list[Broken] | None:
    """None where no row is another than at the last count."""
    named = {check.rule for check in source.quality}
    if quality.is_as_before(session, source.name, named):
        return None
    checks = {check.rule: looked_at(source, check) for check in source.quality}
    return quality.find_broken(session, source.name, checks)


def _of_rows(session: Session, source: Source, broken: list[Broken] | None) -> Iterator[Count]:
    if broken is not None:
        yield from (Count(each.rule, each.count) for each in broken)
        return
    before = quality.counts_of(session, source.name, 1)
    yield from (Count(check.rule, before[check.rule][-1].count) for check in source.quality)


def _of_table(session: Session, source: Source, run_id: int) -> Iterator[Count]:
    key_field = next(c.field for c in source.columns if c.name == source.key)
    rejected = quality_tables.rejected_for(session, source.name, no_key(key_field))
    kept_by = () if rejected.run_id is None else (str(rejected.run_id),)
    yield Count(rules.NO_KEY, rejected.count, kept_by)
    names = tuple(column.name for column in source.columns)
    looked = Looked(source.table, source.key, names)
    yield _named(rules.EMPTY_COLUMNS, quality_tables.empty_columns(session, looked))
    yield _named(rules.NEW_FIELDS, fields.appeared(session, source.name))
    yield _named(rules.GONE_FIELDS, fields.gone(session, source.name))
    totals = quality_tables.totals(session, source.name, run_id, source.table)
    if totals is not None:
        told = (str(totals.rows), str(totals.people), str(totals.records))
        yield Count(rules.TOTALS, abs(totals.rows - totals.people), told)


def _named(rule: str, names: tuple[str, ...]) -> Count:
    return Count(rule, len(names), names)
