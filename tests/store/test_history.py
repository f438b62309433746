"""The history and the overview, read from seeded databases."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from sync_core.base.clock import TEHRAN, utc_now
from sync_core.base.errors import UnknownRun
from sync_core.base.settings import load
from sync_core.inspect import history, overview
from sync_core.inspect.history import HistoryFilter
from sync_core.store.engines import Databases
from tests import seed

EVERYTHING = HistoryFilter()


@pytest.fixture
def databases() -> Iterator[Databases]:
    opened = seed.prepared(load())
    yield opened
    opened.dispose()


def card_of(databases: Databases, source: str) -> overview.Card:
    return overview.read_overview(databases, [source]).cards[0]


def test_it_pages_the_history_newest_first(databases: Databases) -> None:
    numbers = seed.add_history(databases, "faculty", 30)

    first = history.history_page(databases, EVERYTHING, 1)
    second = history.history_page(databases, EVERYTHING, 2)

    assert [run.id for run in (*first.rows, *second.rows)] == sorted(numbers, reverse=True)
    assert first.total == second.total == 30
    assert history.history_page(databases, EVERYTHING, 3).rows == ()


def test_it_filters_by_source_and_status(databases: Databases) -> None:
    seed.add_success(databases, "faculty")
    failed = seed.add_failure(databases, "students", "auth")
    seed.add_success(databases, "students")

    page = history.history_page(databases, HistoryFilter("students", "failed"), 1)

    assert ([run.id for run in page.rows], page.total) == ([failed], 1)


def test_it_gives_a_run_with_its_units_failed_ones_first(databases: Databases) -> None:
    run_id = seed.add_failure(databases, "students", "partial")
    seed.add_units(databases, run_id, failed=["4042/1120"])

    detail = history.run_detail(databases, run_id)

    assert detail.run.duration_s == 252
    assert [unit.unit for unit in detail.units][:3] == ["4042/1120", "4051/1130", "4051/1120"]
    assert len(detail.units) == 12


def test_it_refuses_a_run_that_does_not_exist(databases: Databases) -> None:
    with pytest.raises(UnknownRun):
        history.run_detail(databases, 99)


def test_it_counts_runs_by_their_day_in_tehran(databases: Databases) -> None:
    now = utc_now().astimezone(TEHRAN).replace(hour=12, minute=0, second=0, microsecond=0)
    until_now = utc_now() - now
    seed.add_success(databases, "faculty", ago=until_now + timedelta(hours=11, minutes=59))
    seed.add_failure(
        databases, "faculty", "network", ago=until_now + timedelta(hours=12, minutes=1)
    )
    seed.add_running(databases, "faculty")

    days = history.runs_by_day(databases, EVERYTHING, 3, now)

    assert [(day.success, day.failed) for day in days] == [(0, 0), (0, 1), (1, 0)]


def test_its_mark_changes_when_a_run_is_added(databases: Databases) -> None:
    before = history.history_mark(databases)
    assert history.history_mark(databases) == before
    seed.add_success(databases, "faculty")
    assert history.history_mark(databases) != before


def test_it_gives_the_end_of_a_log(tmp_path: Path) -> None:
    log = tmp_path / "run.log"
    log.write_text("".join(f"line {n}\n" for n in range(10)), encoding="utf-8")

    assert history.log_tail(log, 2) == "line 8\nline 9"
    assert history.log_tail(tmp_path / "none.log") is None


def test_a_card_of_a_source_that_never_ran_needs_its_first_sync(databases: Databases) -> None:
    shown = overview.read_overview(databases, ["faculty"])

    card = shown.cards[0]
    assert (card.status, card.data_at, card.records) == ("pending", None, None)
    assert [(need.source, need.reason) for need in shown.needs] == [("faculty", "never")]


def test_the_age_of_the_data_is_that_of_its_oldest_unit(databases: Databases) -> None:
    seed.add_success(databases, "students", ago=timedelta(minutes=10))
    seed.add_ledger(databases, "students", timedelta(hours=26), never=1)

    card = card_of(databases, "students")

    assert card.data_at is not None
    assert timedelta(hours=26) <= utc_now() - card.data_at < timedelta(hours=26, minutes=1)
    assert (card.units, card.units_never) == (12, 1)


def test_a_card_gives_the_change_against_the_full_cover_before(databases: Databases) -> None:
    seed.add_success(databases, "faculty", 1_200, ago=timedelta(days=2))
    seed.add_failure(databases, "faculty", "network", ago=timedelta(days=1))
    seed.add_success(databases, "faculty", 1_187)

    card = card_of(databases, "faculty")

    assert (card.records, card.change) == (1_187, -13)


def test_a_failed_run_needs_attention_until_one_succeeds(databases: Databases) -> None:
    failed = seed.add_failure(databases, "faculty", "auth", ago=timedelta(hours=3))
    needs = overview.read_overview(databases, ["faculty"]).needs
    assert [(need.reason, need.run_id, need.error_class) for need in needs] == [
        ("failed", failed, "auth")
    ]

    seed.add_success(databases, "faculty")

    assert overview.read_overview(databases, ["faculty"]).needs == ()


def test_a_running_source_says_so_whatever_ran_before(databases: Databases) -> None:
    seed.add_success(databases, "students", ago=timedelta(days=1))
    run_id = seed.add_running(databases, "students")

    shown = overview.read_overview(databases, ["students"])

    assert shown.running == ("students",)
    assert shown.cards[0].status == "running"
    assert shown.cards[0].active is not None
    assert shown.cards[0].active.id == run_id


@pytest.mark.parametrize(("due_in", "late"), [(-6, True), (-4, False), (60, False)])
def test_a_slot_is_late_when_nothing_took_it_for_minutes(
    databases: Databases, due_in: int, late: bool
) -> None:
    seed.add_success(databases, "faculty")
    seed.plan_schedule(databases, "faculty", timedelta(minutes=due_in))

    card = card_of(databases, "faculty")

    assert card.late is late
    assert card.next_due_at is not None


def test_progress_tells_the_place_and_the_time_left(databases: Databases) -> None:
    seed.add_campuses(databases)
    run_id = seed.add_running(databases, "students", ago=timedelta(seconds=100))

    progress = overview.read_progress(databases, run_id)

    assert progress is not None
    assert (progress.term, progress.campus) == ("4043", "1120")
    assert progress.campus_name == seed.CAMPUSES["1120"]
    assert progress.remaining_s == pytest.approx(140, rel=0.05)
    assert progress.rate == pytest.approx(48.7, rel=0.05)


def test_progress_is_none_when_the_run_has_ended(databases: Databases) -> None:
    assert overview.read_progress(databases, seed.add_success(databases, "faculty")) is None
    assert overview.read_progress(databases, 99) is None
