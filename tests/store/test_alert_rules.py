"""The rules: what each finds at a run's end or by the clock, and what it leaves alone."""

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any, NamedTuple

import pytest
from sqlalchemy import insert, update

from sync_core.alerts import watch as clock_rules
from sync_core.alerts.endings import ColumnNews, news_of
from sync_core.alerts.kinds import (
    COLUMNS,
    DISK,
    ERROR,
    FAILED,
    LATE,
    RECOVERED,
    SILENT,
    VOLUME,
    Setting,
)
from sync_core.alerts.watch import GIB, watch
from sync_core.base.errors import IllegalTransition
from sync_core.base.settings import load
from sync_core.engine.source import Choice, find_source
from sync_core.runs import lifecycle, process
from sync_core.runs.lifecycle import Ending, Request
from sync_core.store import fields, schedules
from sync_core.store.control import FAILED as RUN_FAILED
from sync_core.store.control import SUCCESS, DataSync, Run, Schedule
from sync_core.store.control_alerts import AlertRule
from sync_core.store.data import row_changes, unit_state
from sync_core.store.engines import Databases, open_databases
from sync_core.store.ledger import UnitOutcome
from sync_core.store.syncs import SourceRow, ensure_sources
from tests import seed
from tests.alerting import all_alerts

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
LOOKERS = 8
COUNTS = {"fetched": 0, "inserted": 0, "updated": 0, "unchanged": 0}


class Usage(NamedTuple):
    free: int


def ended(
    databases: Databases,
    status: str = SUCCESS,
    error_class: str | None = None,
    *,
    covered: bool = True,
    records: int | None = 1_000,
    changes: dict[str, tuple[str | None, str | None]] | None = None,
    changed: int = 0,
    **counts: int,
) -> Run:
    """A run from its claim to its end, with one unit. `changes`: of so many people."""
    settings = load()
    request = Request(by=seed.KARIMI, trigger="manual", choice=Choice())
    run = lifecycle.claim(settings, databases, find_source(settings, "faculty"), request)
    lifecycle.begin(settings, databases, run.id, process.identity())
    given = COUNTS | ({"fetched": 1_000, "unchanged": 1_000} if status == SUCCESS else {}) | counts
    for column, (old, new) in (changes or {}).items():
        change(databases, run.id, column, old, new, changed)
    unit = outcome(status, error_class, given)
    full = records if status == SUCCESS else None
    ending = Ending(status, error_class, "why", [unit], records=full, covered=covered)
    return lifecycle.finish(databases, run, ending)


def outcome(status: str, error_class: str | None, counts: dict[str, int]) -> UnitOutcome:
    return UnitOutcome("all", status, error_class, None, 1.0, NOW, counts)


def change(
    databases: Databases, run_id: int, column: str, old: str | None, new: str | None, many: int
) -> None:
    given = {"run_id": run_id, "source": "faculty", "column": column, "old": old, "new": new}
    rows = [{**given, "key": f"{number:010}", "at": NOW} for number in range(many)]
    with databases.data.write() as session:
        session.execute(insert(row_changes), rows)


def rules(databases: Databases) -> list[str]:
    return [alert.rule for alert in all_alerts(databases)]


def choose(databases: Databases, rule: str, source: str = "", **setting: Any) -> None:
    chosen = Setting(**({"enabled": True, "threshold": None} | setting))
    row = AlertRule(
        rule=rule,
        source=source,
        enabled=chosen.enabled,
        threshold=chosen.threshold,
        updated_at=NOW,
        updated_by="karimi",
    )
    with databases.control.write() as session:
        session.merge(row)


def cover(databases: Databases, at: datetime | None, source: str = "faculty") -> None:
    """When the whole plan was last covered."""
    with databases.control.write() as session:
        ensure_sources(session, [SourceRow(source, "", "")], NOW)
        session.flush()
        session.execute(
            update(DataSync).where(DataSync.data_source == source).values(last_sync_at=at)
        )


def automatic(databases: Databases, since: datetime) -> None:
    cover(databases, None)
    with databases.control.write() as session:
        session.execute(update(Schedule).values(enabled=True, updated_at=since))


def beat(databases: Databases, at: datetime) -> None:
    with databases.control.write() as session:
        schedules.beat(session, clock_rules.TICK, at=at, host="here")


@pytest.fixture(autouse=True)
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[float], None]]:
    """How much room there is. No test depends on that of the machine."""

    def free(gib: float) -> None:
        monkeypatch.setattr(shutil, "disk_usage", lambda _folder: Usage(int(gib * GIB)))

    free(100)
    yield free
    monkeypatch.undo()


def test_it_tells_a_failure_with_its_numbers_in_the_transaction_of_its_end(
    databases: Databases,
) -> None:
    run = ended(databases, RUN_FAILED, "gateway")
    [alert] = all_alerts(databases)
    assert (alert.rule, alert.source, alert.run_id, alert.severity) == (
        FAILED,
        "faculty",
        run.id,
        ERROR,
    )
    assert alert.at == run.finished_at
    assert (alert.params["error_class"], alert.params["failed"]) == ("gateway", 1)


def test_it_keeps_no_alert_where_the_run_could_not_be_ended(databases: Databases) -> None:
    run = ended(databases)
    with pytest.raises(IllegalTransition):
        lifecycle.finish(databases, run, Ending(RUN_FAILED, "crashed", "late", []))
    assert rules(databases) == []


def test_it_tells_nothing_of_what_somebody_stopped(databases: Databases) -> None:
    ended(databases, RUN_FAILED, "cancelled")
    ended(databases)
    assert rules(databases) == []


def test_it_tells_the_first_success_after_failures_and_no_other(databases: Databases) -> None:
    ended(databases)
    ended(databases, RUN_FAILED, "network")
    ended(databases, RUN_FAILED, "network")
    ended(databases, RUN_FAILED, "cancelled")
    ended(databases)
    ended(databases)
    assert rules(databases) == [FAILED, FAILED, RECOVERED]


def test_it_is_not_well_again_before_the_whole_source_is(databases: Databases) -> None:
    ended(databases, RUN_FAILED, "network")
    ended(databases, covered=False, records=None)
    assert rules(databases) == [FAILED]
    ended(databases)
    assert rules(databases) == [FAILED, RECOVERED]


def test_it_is_silent_where_a_rule_is_off_and_knows_of_the_failure_all_the_same(
    databases: Databases,
) -> None:
    choose(databases, FAILED, enabled=False)
    ended(databases, RUN_FAILED, "network")
    assert rules(databases) == []
    ended(databases)
    assert rules(databases) == [RECOVERED]


def test_it_tells_a_full_run_that_was_sent_nothing(databases: Databases) -> None:
    ended(databases, records=0, fetched=0, unchanged=0)
    [alert] = all_alerts(databases)
    assert (alert.rule, alert.params) == (VOLUME, {"records": 0, "usual": None})


@pytest.mark.parametrize(("records", "odd"), [(1_190, False), (1_250, True), (790, True)])
def test_it_tells_a_full_cover_that_is_far_from_the_usual(
    databases: Databases, records: int, odd: bool
) -> None:
    for usual in (990, 1_000, 5_000, 1_010):
        ended(databases, records=usual)
    before = len(all_alerts(databases))
    ended(databases, records=records)
    found = all_alerts(databases)[before:]
    assert [alert.rule for alert in found] == [VOLUME] * odd
    if odd:
        assert found[0].params == {"records": records, "usual": 1_005}


def test_it_knows_no_usual_before_three_covers(databases: Databases) -> None:
    for records in (1_000, 1_000, 5_000):
        ended(databases, records=records)
    assert rules(databases) == []


def test_it_tells_columns_that_lost_or_got_their_value_for_many(databases: Databases) -> None:
    changes = {"mobile": ("1", None), "city": (None, "x"), "name": ("a", "b")}
    ended(databases, changes=changes, changed=600, updated=600, unchanged=400)
    [alert] = all_alerts(databases)
    told = {"emptied": ["mobile"], "filled": ["city"], "appeared": []}
    assert (alert.rule, alert.params) == (COLUMNS, told)


def test_it_tells_a_field_that_the_gateway_has_begun_to_send(databases: Databases) -> None:
    run_id = ended(databases).id
    with databases.data.write() as session:
        fields.note(session, "faculty", run_id, ["name"])
        fields.note(session, "faculty", run_id + 1, ["name", "orcid"])
    assert ended(databases).id == run_id + 1
    [alert] = all_alerts(databases)
    assert (alert.rule, alert.run_id) == (COLUMNS, run_id + 1)
    assert alert.params == {"emptied": [], "filled": [], "appeared": ["orcid"]}


def test_it_takes_columns_of_few_people_for_news_of_these(databases: Databases) -> None:
    changes: dict[str, tuple[str | None, str | None]] = {"mobile": ("1", None)}
    ended(databases, changes=changes, changed=499, updated=499, unchanged=501)
    assert rules(databases) == []
    choose(databases, COLUMNS, threshold=40)
    ended(databases, changes=changes, changed=499, updated=499, unchanged=501)
    assert rules(databases) == [COLUMNS]


def test_it_asks_no_more_of_data_that_are_gone(databases: Databases, tmp_path: Path) -> None:
    """Neither a run's end nor a look at the clock may hang on them."""
    nowhere = replace(load(), data_url=f"sqlite:///{tmp_path / 'nowhere.db'}")
    half = Databases(databases.control, open_databases(nowhere).data)
    assert news_of(half, "faculty", 1, updated=1_000) == ColumnNews()
    cover(databases, NOW)
    watch(nowhere, half, NOW + 49 * HOUR)
    assert rules(databases) == [LATE]


def test_it_tells_data_that_are_too_old_once_a_breach(databases: Databases) -> None:
    settings = load()
    cover(databases, NOW)
    watch(settings, databases, NOW + 48 * HOUR)
    assert rules(databases) == []
    for late_by in (1, 2, 30):
        watch(settings, databases, NOW + (48 + late_by) * HOUR)
    [alert] = all_alerts(databases)
    assert (alert.rule, alert.source) == (LATE, "faculty")
    assert alert.params == {"hours": 49, "promised": 48}

    cover(databases, NOW + 100 * HOUR)
    watch(settings, databases, NOW + 101 * HOUR)
    watch(settings, databases, NOW + 149 * HOUR)
    assert rules(databases) == [LATE, LATE]


def test_it_holds_each_source_to_its_own_promise(databases: Databases) -> None:
    cover(databases, NOW)
    cover(databases, NOW, "students")
    choose(databases, LATE, "students", threshold=2)
    watch(load(), databases, NOW + 3 * HOUR)
    assert [alert.source for alert in all_alerts(databases)] == ["students"]


def test_it_goes_by_the_oldest_part_of_the_data(databases: Databases) -> None:
    cover(databases, NOW)
    with databases.data.write() as session:
        for place, at in enumerate((NOW, NOW - 20 * HOUR)):
            row = {"source": "faculty", "unit": str(place), "rank": "1", "in_plan": True}
            session.execute(insert(unit_state).values(**row, success_at=at))
    watch(load(), databases, NOW + 29 * HOUR)
    assert [alert.params["hours"] for alert in all_alerts(databases)] == [49]


def test_it_promises_nothing_of_a_source_that_never_synced(databases: Databases) -> None:
    cover(databases, None)
    watch(load(), databases, NOW + 9_999 * HOUR)
    assert rules(databases) == []


def test_it_tells_a_breach_once_when_many_look_at_once(databases: Databases) -> None:
    cover(databases, NOW)
    ready = Barrier(LOOKERS)

    def look(_number: int) -> None:
        mine = open_databases(load())
        ready.wait()
        watch(load(), mine, NOW + 50 * HOUR)
        mine.dispose()

    with ThreadPoolExecutor(LOOKERS) as pool:
        list(pool.map(look, range(LOOKERS)))
    assert rules(databases) == [LATE]


def test_it_tells_that_the_scheduler_is_silent_and_that_again_after_it_came_back(
    databases: Databases,
) -> None:
    settings = load()
    automatic(databases, NOW - HOUR)
    beat(databases, NOW)
    watch(settings, databases, NOW + 9 * MINUTE, NOW - HOUR)
    assert rules(databases) == []
    watch(settings, databases, NOW + 11 * MINUTE, NOW - HOUR)
    watch(settings, databases, NOW + 12 * MINUTE, NOW - HOUR)
    [alert] = all_alerts(databases)
    assert (alert.rule, alert.source, alert.params) == (SILENT, None, {"minutes": 11})

    beat(databases, NOW + 20 * MINUTE)
    watch(settings, databases, NOW + 21 * MINUTE, NOW - HOUR)
    watch(settings, databases, NOW + 40 * MINUTE, NOW - HOUR)
    assert rules(databases) == [SILENT, SILENT]


def test_it_gives_the_scheduler_time_to_come_after_a_start(databases: Databases) -> None:
    automatic(databases, NOW - HOUR)
    beat(databases, NOW - 5 * HOUR)
    watch(load(), databases, NOW, NOW - MINUTE)
    assert rules(databases) == [], "this dashboard has only just been started"
    automatic(databases, NOW - MINUTE)
    watch(load(), databases, NOW, NOW - HOUR)
    assert rules(databases) == [], "it has been automatic for a minute"


def test_it_expects_no_scheduler_where_nothing_is_automatic(databases: Databases) -> None:
    cover(databases, None)
    watch(load(), databases, NOW, NOW - 9 * HOUR)
    assert rules(databases) == []


def test_it_tells_a_disk_that_fills_up_once(
    databases: Databases, disk: Callable[[float], None]
) -> None:
    disk(1.5)
    watch(load(), databases, NOW)
    watch(load(), databases, NOW + MINUTE)
    [alert] = all_alerts(databases)
    assert (alert.rule, alert.params["free_gib"]) == (DISK, 1.5)
    disk(5)
    watch(load(), databases, NOW + HOUR)
    disk(1)
    watch(load(), databases, NOW + 2 * HOUR)
    assert rules(databases) == [DISK, DISK]


def test_it_looks_at_nothing_that_is_off(
    databases: Databases, disk: Callable[[float], None]
) -> None:
    disk(1)
    cover(databases, NOW)
    automatic(databases, NOW - HOUR)
    cover(databases, NOW)
    for rule in (DISK, LATE, SILENT):
        choose(databases, rule, enabled=False)
    watch(load(), databases, NOW + 900 * HOUR, NOW - HOUR)
    assert rules(databases) == []
