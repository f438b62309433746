"""What rules found is counted once after each run, kept, and found again by its rows."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from sync_core.access.permissions import ANONYMOUS
from sync_core.base import rules
from sync_core.base.errors import Denied
from sync_core.base.settings import load
from sync_core.engine.source import Source
from sync_core.inspect.checks import condition_of
from sync_core.inspect.quality import Quality, read_quality
from sync_core.inspect.quality_count import count_quality
from sync_core.store import changes, data, fields, quality, quality_tables
from sync_core.store.changes import Cell
from sync_core.store.engines import Databases
from sync_core.store.fence import raise_fence
from tests import seed

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
REASON = "nationalcode is missing or is no code"


def take(databases: Databases, run_id: int, source: str = "faculty") -> int:
    with databases.data.write() as session:
        raise_fence(session, source, run_id, NOW)
    return run_id


def ended(databases: Databases, source: str = "faculty") -> int:
    """A run that took the source and has ended."""
    return take(databases, seed.add_success(databases, source), source)


def change(databases: Databases, run_id: int, **values: Any) -> None:
    """What a run does to all rows of the faculty, and writes down."""
    with databases.data.write() as session:
        session.execute(update(data.faculty).values(**values))
        changes.record(session, run_id, "faculty", [Cell("x", "city", "a", "b")], NOW)


def unit(databases: Databases, name: str, *, in_plan: bool = True) -> int:
    with databases.data.write() as session:
        values = {"source": "faculty", "unit": name, "rank": name, "in_plan": in_plan}
        return int(
            session.execute(insert(data.unit_state).values(**values)).inserted_primary_key[0]
        )


def outcome(databases: Databases, run_id: int, unit_id: int, status: str, **values: Any) -> None:
    with databases.data.write() as session:
        ended = {"status": status, "duration_s": 1.0, "finished_at": NOW, **values}
        session.execute(insert(data.unit_runs).values(run_id=run_id, unit_id=unit_id, **ended))


def reject(databases: Databases, run_id: int, name: str, times: int, reason: str = REASON) -> None:
    with databases.data.write() as session:
        common = {"run_id": run_id, "source": "faculty", "unit": name, "at": NOW, "record": {}}
        rows = [{**common, "reason": reason, "position": place} for place in range(times)]
        session.execute(insert(data.rejected_rows), rows)


def now(databases: Databases, source: Source) -> Quality:
    return read_quality(databases, seed.VISITOR, source)


def counts(databases: Databases, source: Source) -> dict[str, int]:
    return {state.rule: state.count for state in now(databases, source).rules}


def rows_behind(databases: Databases, source: Source, rule: str) -> set[str]:
    condition = condition_of(source, rule)
    assert condition is not None
    table = data.metadata.tables[source.table]
    with databases.data.read() as session:
        return set(session.scalars(select(table.c[source.key]).where(condition)))


def test_it_counts_each_rule_once_after_a_run(databases: Databases, faculty: Source) -> None:
    seed.add_faculty(databases, 12, missing=2, personelid="7")
    run_id = ended(databases)
    assert now(databases, faculty).waits

    assert count_quality(load(), databases) == [run_id]
    assert count_quality(load(), databases) == []

    found = now(databases, faculty)
    assert (found.run_id, found.waits) == (run_id, False)
    assert counts(databases, faculty) == {
        rules.NATIONAL_CODE: len(rows_behind(databases, faculty, rules.NATIONAL_CODE)),
        rules.MOBILE: 0,
        rules.SHARED_NUMBER: 10,
        rules.DUPLICATE: 0,
        rules.PROVINCE: 10,
        rules.ARABIC_LETTERS: 0,
        rules.NO_KEY: 0,
        rules.EMPTY_COLUMNS: 9,
        rules.NEW_FIELDS: 0,
        rules.GONE_FIELDS: 0,
    }
    for state in found.rules:
        if state.has_rows:
            assert len(rows_behind(databases, faculty, state.rule)) == state.count


def test_it_keeps_a_count_for_each_run(databases: Databases, faculty: Source) -> None:
    seed.add_faculty(databases, 5)
    runs = []
    for code in (None, 7, 31):
        runs.append(ended(databases))
        change(databases, runs[-1], province_code=code)
        count_quality(load(), databases)

    [province] = [s for s in now(databases, faculty).rules if s.rule == rules.PROVINCE]

    assert province.past == tuple(zip(runs, (5, 0, 5), strict=True))
    assert len(rows_behind(databases, faculty, rules.PROVINCE)) == 5


def test_it_forgets_rows_that_were_mended(databases: Databases, faculty: Source) -> None:
    seed.add_faculty(databases, 5)
    change(databases, ended(databases), province_code=31)
    count_quality(load(), databases)
    mended = ended(databases)
    with databases.data.write() as session:
        one = data.faculty.c.id == 1
        session.execute(update(data.faculty).where(one).values(province_code=3))
        changes.record(session, mended, "faculty", [Cell("x", "scope", "a", "b")], NOW)
    assert len(rows_behind(databases, faculty, rules.PROVINCE)) == 5

    count_quality(load(), databases)

    assert rows_behind(databases, faculty, rules.PROVINCE) == {
        f"{number * 7 + 1:010}" for number in range(1, 5)
    }


def test_a_run_that_changed_nothing_is_counted_without_a_look(
    databases: Databases, faculty: Source
) -> None:
    seed.add_faculty(databases, 5)
    change(databases, ended(databases), province_code=31)
    count_quality(load(), databases)
    with databases.data.write() as session:  # behind our back, so that a look would show
        session.execute(update(data.faculty).values(province_code=3))

    quiet = ended(databases)
    assert count_quality(load(), databases) == [quiet]

    [province] = [s for s in now(databases, faculty).rules if s.rule == rules.PROVINCE]
    assert [count for _, count in province.past] == [5, 5]


def test_a_rule_that_is_new_is_looked_for_though_nothing_changed(
    databases: Databases, faculty: Source
) -> None:
    seed.add_faculty(databases, 5)
    ended(databases)
    count_quality(load(), databases)
    with databases.data.write() as session:
        counted = data.quality_counts
        session.execute(counted.delete().where(counted.c.rule == rules.PROVINCE))

    ended(databases)
    count_quality(load(), databases)

    assert counts(databases, faculty)[rules.PROVINCE] == 5


def test_it_waits_for_a_run_that_goes_on(databases: Databases, faculty: Source) -> None:
    seed.add_faculty(databases, 3)
    take(databases, seed.add_running(databases, "faculty"))
    assert count_quality(load(), databases) == []
    assert now(databases, faculty).rules == ()


def test_it_counts_nothing_after_a_run_that_applied_nothing(
    databases: Databases, faculty: Source
) -> None:
    seed.add_faculty(databases, 3)
    first = ended(databases)
    unit_id = unit(databases, "all")
    outcome(databases, first, unit_id, "success")
    assert count_quality(load(), databases) == [first]
    failed = take(databases, seed.add_failure(databases, "faculty", "gateway"))
    outcome(databases, failed, unit_id, "failed", error_class="gateway")

    assert count_quality(load(), databases) == []
    assert (now(databases, faculty).run_id, now(databases, faculty).waits) == (first, False)


def test_it_never_counts_twice_whoever_comes_at_once(databases: Databases, faculty: Source) -> None:
    seed.add_faculty(databases, 40)
    run_id = ended(databases)
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: count_quality(load(), databases), range(4)))

    assert sorted(made) == [[], [], [], [run_id]]
    with databases.data.read() as session:
        stored = session.scalar(select(func.count()).select_from(data.quality_counts))
    assert stored == len(counts(databases, faculty))


def test_an_older_count_never_replaces_a_newer_one(databases: Databases, faculty: Source) -> None:
    seed.add_faculty(databases, 3)
    newer = ended(databases)
    count_quality(load(), databases)
    with databases.data.write() as session:
        late = quality.Broken(rules.PROVINCE, 0, [], ["0000000001"])
        one = [quality.Count(rules.PROVINCE, 99)]
        assert not quality.keep(session, "faculty", newer - 1, one, [late], NOW)
    assert counts(databases, faculty)[rules.PROVINCE] == 3
    assert len(rows_behind(databases, faculty, rules.PROVINCE)) == 3


def test_it_counts_records_without_a_key_as_each_unit_was_read_last(databases: Databases) -> None:
    one, two, left = unit(databases, "1"), unit(databases, "2"), unit(databases, "3", in_plan=False)
    for name, unit_id in (("1", one), ("2", two), ("3", left)):
        outcome(databases, 1, unit_id, "success")
        reject(databases, 1, name, 4)
    reject(databases, 1, "1", 5, "sex holds text")
    with databases.data.read() as session:
        assert quality_tables.rejected_for(session, "faculty", REASON).count == 8

    outcome(databases, 2, one, "success")  # read again, and none is rejected any more
    outcome(databases, 2, two, "success", skipped=True)
    outcome(databases, 3, two, "failed")  # a guard refused it, and kept why
    reject(databases, 3, "2", 30)
    with databases.data.read() as session:
        found = quality_tables.rejected_for(session, "faculty", REASON)
        assert (found.count, found.run_id) == (4, 1)

    outcome(databases, 4, two, "success")
    reject(databases, 4, "2", 1)
    with databases.data.read() as session:
        found = quality_tables.rejected_for(session, "faculty", REASON)
        assert (found.count, found.run_id) == (1, 4)


def test_it_holds_the_table_against_what_a_full_run_was_told(databases: Databases) -> None:
    one, two = unit(databases, "1"), unit(databases, "2")
    seed.add_faculty(databases, 7, missing=1, unit_id=one)
    told = {"inserted": 2, "updated": 1, "unchanged": 2, "fetched": 9}
    outcome(databases, 1, one, "success", **told)
    with databases.data.read() as session:
        assert quality_tables.totals(session, "faculty", 1, "faculty") is None
    outcome(databases, 1, two, "success", stale=1, fetched=1)
    with databases.data.read() as session:
        found = quality_tables.totals(session, "faculty", 1, "faculty")
        assert found == quality_tables.Totals(rows=6, people=5, records=10)


def test_it_tells_fields_that_came_and_went(databases: Databases) -> None:
    with databases.data.write() as session:
        fields.note(session, "faculty", 1, {"name", "family", "city"})
        fields.note(session, "students", 1, {"term"})
        assert (fields.appeared(session, "faculty"), fields.gone(session, "faculty")) == ((), ())
        fields.note(session, "faculty", 2, {"name"})
        fields.note(session, "faculty", 2, {"city", "orcid"})
    with databases.data.read() as session:
        assert fields.appeared(session, "faculty") == ("orcid",)
        assert fields.gone(session, "faculty") == ("family",)
        assert (fields.appeared(session, "students"), fields.gone(session, "students")) == ((), ())


def test_it_shows_no_quality_to_a_stranger(databases: Databases, faculty: Source) -> None:
    with pytest.raises(Denied):
        read_quality(databases, ANONYMOUS, faculty)


def test_it_knows_no_rows_of_a_rule_that_is_not_checked(faculty: Source) -> None:
    for rule in (rules.PHONE, rules.NO_KEY, "nothing", "' OR 1=1"):
        assert condition_of(faculty, rule) is None
