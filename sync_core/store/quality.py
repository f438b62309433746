"""What rules found in a source's rows after a run: it is counted, kept, and read here.

Nothing is counted twice: a run has one count a rule, and a newer run's is never overwritten.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    bindparam,
    column,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    table,
)
from sqlalchemy.orm import Session

from sync_core.store.bulk import as_list, dialect_of, listed
from sync_core.store.control import SUCCESS
from sync_core.store.data import quality_counts, quality_rows, row_changes, source_fence, unit_runs
from sync_core.store.quality_rules import Condition, Looked, condition_of


@dataclass(frozen=True, slots=True)
class Count:
    """How much broke a rule; `told`: the columns or fields that did, where it is of those."""

    rule: str
    count: int
    told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Counted:
    """One count of the past: after which run, and when."""

    run_id: int
    at: datetime
    count: int
    told: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Broken:
    """Keys of the rows that break a rule: all of them, and how they differ from those kept."""

    rule: str
    count: int
    fresh: Sequence[str]
    mended: Sequence[str]


def rows_of_rule(source: str, rule: str, key: str) -> Condition:
    """A condition on the source's table: who broke the rule when that was counted last."""
    kept = select(quality_rows.c.key).where(
        quality_rows.c.source == source, quality_rows.c.rule == rule
    )
    return column(key).in_(kept)


def uncounted(session: Session) -> dict[str, int]:
    """Source → the run that took it last, where that run lacks its counts."""
    sources = session.scalars(select(source_fence.c.source)).all()
    last = {source: last_run(session, source) for source in sources}
    return {
        source: run_id
        for source, run_id in last.items()
        if run_id is not None and not is_counted(session, source, run_id)
    }


def last_run(session: Session, source: str) -> int | None:
    """The run that took the source last, where it has something to be counted."""
    run_id = session.scalar(select(source_fence.c.run_id).where(source_fence.c.source == source))
    if run_id is None:
        return None
    of_run = select(unit_runs.c.unit_id).where(unit_runs.c.run_id == run_id)
    told_nothing, told_success = (
        ~exists(of_run),
        exists(of_run.where(unit_runs.c.status == SUCCESS)),
    )
    return run_id if session.scalar(select(or_(told_nothing, told_success))) else None


def is_counted(session: Session, source: str, run_id: int) -> bool:
    """Whether this run, or a later one, has its counts."""
    return (newest_count(session, source) or 0) >= run_id


def newest_count(session: Session, source: str) -> int | None:
    """The last run that has counts."""
    newest: int | None = session.scalar(
        select(func.max(quality_counts.c.run_id)).where(quality_counts.c.source == source)
    )
    return newest


def is_as_before(session: Session, source: str, rules: Collection[str]) -> bool:
    """Whether the last count had all the rules, and no row was changed since then."""
    counted = newest_count(session, source)
    if counted is None:
        return False
    c = quality_counts.c
    had = select(c.rule).where(c.source == source, c.run_id == counted)
    changed = exists().where(row_changes.c.source == source, row_changes.c.run_id > counted)
    known = set(session.scalars(had)).issuperset(rules)
    return known and not session.scalar(select(changed))


def find_broken(session: Session, source: str, checks: Mapping[str, Looked]) -> list[Broken]:
    """Who breaks each of the rules (rule → what it looks at), in one pass over the table."""
    found = _keys_of_all(session, checks)
    return [_compared(session, source, rule, keys) for rule, keys in found.items()]


def keep(
    session: Session,
    source: str,
    run_id: int,
    counts: Iterable[Count],
    broken: Iterable[Broken],
    now: datetime,
) -> bool:
    """False where another process has counted meanwhile: then nothing is written."""
    if not _take_turn(session, source, run_id):
        return False
    rows = [
        {
            "source": source,
            "run_id": run_id,
            "rule": count.rule,
            "count": count.count,
            "told": list(count.told),
            "at": now,
        }
        for count in counts
    ]
    session.execute(insert(quality_counts), rows)
    for each in broken:
        _forget(session, source, each.rule, each.mended)
        _remember(session, source, each.rule, each.fresh)
    return True


def counts_of(session: Session, source: str, most: int) -> dict[str, list[Counted]]:
    """Rule → its newest counts, the oldest first."""
    c = quality_counts.c
    runs = (
        select(c.run_id).where(c.source == source).distinct().order_by(c.run_id.desc()).limit(most)
    )
    query = select(c.rule, c.run_id, c.at, c["count"], c.told).where(
        c.source == source, c.run_id.in_(runs)
    )
    found: dict[str, list[Counted]] = {}
    for rule, run_id, at, count, told in session.execute(query.order_by(c.run_id)):
        found.setdefault(rule, []).append(Counted(run_id, at, count, tuple(told)))
    return found


def _keys_of_all(session: Session, checks: Mapping[str, Looked]) -> dict[str, list[str]]:
    conditions = {rule: condition_of(rule, looked) for rule, looked in checks.items()}
    known = {rule: each for rule, each in conditions.items() if each is not None}
    found: dict[str, list[str]] = {rule: [] for rule in known}
    if known:
        looked = next(iter(checks.values()))
        for row in session.execute(_broken_rows(looked, known)):
            for rule, breaks in zip(known, row[1:], strict=True):
                if breaks:
                    found[rule].append(row[0])
    return found


def _broken_rows(looked: Looked, conditions: Mapping[str, Condition]) -> Select[Any]:
    """The key of each row that breaks some rule, and for each rule whether it is that one."""
    breaks: list[ColumnElement[Any]] = [
        func.coalesce(condition, literal(False)) for condition in conditions.values()
    ]
    key: ColumnElement[Any] = column(looked.key)
    return select(key, *breaks).select_from(table(looked.table)).where(or_(*conditions.values()))


def _compared(session: Session, source: str, rule: str, keys: Sequence[str]) -> Broken:
    now, before = set(keys), _kept(session, source, rule)
    return Broken(rule, len(now), sorted(now - before), sorted(before - now))


def _kept(session: Session, source: str, rule: str) -> set[str]:
    c = quality_rows.c
    return set(session.scalars(select(c.key).where(c.source == source, c.rule == rule)))


def _take_turn(session: Session, source: str, run_id: int) -> bool:
    """Whoever counts the source writes one after the other: the fence's row is their lock."""
    session.execute(
        select(source_fence.c.run_id).where(source_fence.c.source == source).with_for_update()
    )
    return not is_counted(session, source, run_id)


def _forget(session: Session, source: str, rule: str, keys: Sequence[str]) -> None:
    if not keys:
        return
    dialect, c = dialect_of(session), quality_rows.c
    session.execute(
        delete(quality_rows).where(
            and_(c.source == source, c.rule == rule, c.key.in_(select(listed(dialect).c.value)))
        ),
        {"keys": as_list(dialect, keys)},
    )


def _remember(session: Session, source: str, rule: str, keys: Sequence[str]) -> None:
    if not keys:
        return
    dialect = dialect_of(session)
    given = (bindparam("of_source", type_=String), bindparam("of_rule", type_=String))
    rows = select(*given, listed(dialect).c.value)
    session.execute(
        insert(quality_rows).from_select(["source", "rule", "key"], rows),
        {"of_source": source, "of_rule": rule, "keys": as_list(dialect, keys)},
    )
