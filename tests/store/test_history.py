"""The history and the overview, read from seeded databases."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from sync_core.base.clock import utc_now
from sync_core.base.errors import UnknownRun, Unreachable
from sync_core.engine.outcome import failure
from sync_core.inspect import history, overview
from sync_core.inspect.history import HistoryFilter
from sync_core.store import history as stored
from sync_core.store import ledger
from sync_core.store.control import Run
from sync_core.store.engines import Databases
from tests import seed

EVERYTHING = HistoryFilter()


def card_of(databases: Databases, source: str) -> overview.Card:
    return overview.read_overview(databases, seed.VISITOR, [source]).cards[0]


def test_it_pages_the_history_newest_first(databases: Databases) -> None:
    numbers = seed.add_history(databases, "faculty", 30)

    first = history.history_page(databases, seed.VISITOR, EVERYTHING, 1)
    second = history.history_page(databases, seed.VISITOR, EVERYTHING, 2)

    assert [run.id for run in (*first.rows, *second.rows)] == sorted(numbers, reverse=True)
    assert first.total == second.total == 30
    assert history.history_page(databases, seed.VISITOR, EVERYTHING, 3).rows == ()


def test_it_filters_by_source_and_status(databases: Databases) -> None:
    seed.add_success(databases, "faculty")
    failed = seed.add_failure(databases, "students", "auth")
    seed.add_success(databases, "students")

    page = history.history_page(databases, seed.VISITOR, HistoryFilter("students", "failed"), 1)

    assert ([run.id for run in page.rows], page.total) == ([failed], 1)


def test_it_gives_a_run_with_its_units_failed_ones_first(databases: Databases) -> None:
    run_id = seed.add_failure(databases, "students", "partial")
    seed.add_units(databases, run_id, failed=["4042/1120"])

    detail = history.run_detail(databases, seed.VISITOR, run_id)

    assert detail.run.duration_s == 252
    assert [unit.unit for unit in detail.units][:3] == ["4042/1120", "4051/1130", "4051/1120"]
    assert len(detail.units) == 12


def test_it_gives_the_units_of_a_run_that_goes_on_and_those_it_has_not_come_to(
    databases: Databases,
) -> None:
    """The ledger knows them before the run's end; what an older run has left open is not its."""
    run_id = seed.add_running(databases, "students")
    names = sorted(seed.unit_names())
    with databases.data.write() as session:
        ledger.register_plan(session, "students", {name: name for name in names}, set(names))
        ledger.open_units(session, "students", run_id - 1, names)
        ledger.open_units(session, "students", run_id, names[:3])
        unit = ledger.unit_states(session, "students")[names[0]]
        why = Unreachable("The line failed.")
        ledger.record_failure(session, run_id, unit.id, failure(unit.unit, why, 2.5))

    detail = history.run_detail(databases, seed.VISITOR, run_id)

    assert [(unit.unit, unit.status) for unit in detail.units] == [
        (names[0], "failed"),
        (names[2], "pending"),
        (names[1], "pending"),
    ]
    assert detail.units[0].error_message == "The line failed."
    assert detail.units[0].duration_s == 2.5


def test_it_does_not_list_what_a_run_never_came_to_that_came_to_nothing(
    databases: Databases,
) -> None:
    run_id = seed.add_failure(databases, "students", "auth")
    with databases.data.write() as session:
        ledger.register_plan(session, "students", {"4051/1110": "4051"}, {"4051/1110"})
        ledger.open_units(session, "students", run_id, ["4051/1110"])
    assert history.run_detail(databases, seed.VISITOR, run_id).units == ()


def test_it_refuses_a_run_that_does_not_exist(databases: Databases) -> None:
    with pytest.raises(UnknownRun):
        history.run_detail(databases, seed.VISITOR, 99)


FILTERS = [
    EVERYTHING,
    HistoryFilter(source="faculty"),
    HistoryFilter(status="failed"),
    HistoryFilter(trigger="manual", who="admin"),
    HistoryFilter(since=utc_now() - timedelta(days=9), until=utc_now() - timedelta(days=3)),
    HistoryFilter(source="faculty", since=utc_now() - timedelta(days=5)),
    HistoryFilter(until=utc_now() - timedelta(days=5)),
    HistoryFilter(below=20),
    HistoryFilter(status="success", below=20),
]


@pytest.mark.parametrize("which", FILTERS)
@pytest.mark.parametrize("few", [0, 1_000])
def test_it_finds_the_same_runs_whichever_way_it_looks_for_them(
    databases: Databases, which: HistoryFilter, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Few are found by an index and put in order, many from the newest run down."""
    monkeypatch.setattr(stored, "FEW", few)
    for source in ("faculty", "students"):
        seed.add_history(databases, source, 30)
    seed.add_running(databases, "faculty")
    with databases.control.read() as session:
        every = session.scalars(select(Run).order_by(Run.id.desc())).all()
        fitting = [run.id for run in every if fits(run, which)]

    pages = [history.history_page(databases, seed.VISITOR, which, number) for number in (1, 2, 3)]

    assert [row.id for page in pages for row in page.rows] == fitting
    assert {page.total for page in pages} == {len(fitting)}
    assert fitting


def fits(run: Run, which: HistoryFilter) -> bool:
    """By the words of the filter, row by row."""
    wanted = ((run.source, which.source), (run.status, which.status), (run.trigger, which.trigger))
    return (
        all(value in (found, None) for found, value in (*wanted, (run.requested_by, which.who)))
        and (which.since is None or run.created_at >= which.since)
        and (which.until is None or run.created_at < which.until)
        and (which.below is None or run.id < which.below)
    )


def test_it_names_everybody_who_asked_for_a_run_once(databases: Databases) -> None:
    with databases.control.read() as session:
        assert stored.requesters(session) == []
    for name in ("m.karimi", "b.rahimi", "m.karimi", "a.sadeghi"):
        seed.add_success(databases, "faculty", requested_by=name)
    with databases.control.read() as session:
        assert stored.requesters(session) == ["a.sadeghi", "b.rahimi", "m.karimi"]


def test_a_card_of_a_source_that_never_ran_needs_its_first_sync(databases: Databases) -> None:
    shown = overview.read_overview(databases, seed.VISITOR, ["faculty"])

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
    needs = overview.read_overview(databases, seed.VISITOR, ["faculty"]).needs
    assert [(need.reason, need.run_id, need.error_class) for need in needs] == [
        ("failed", failed, "auth")
    ]

    seed.add_success(databases, "faculty")

    assert overview.read_overview(databases, seed.VISITOR, ["faculty"]).needs == ()


def test_a_running_source_says_so_whatever_ran_before(databases: Databases) -> None:
    seed.add_success(databases, "students", ago=timedelta(days=1))
    run_id = seed.add_running(databases, "students")

    shown = overview.read_overview(databases, seed.VISITOR, ["students"])

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

    progress = overview.read_progress(databases, seed.VISITOR, run_id)

    assert progress is not None
    assert (progress.term, progress.campus) == ("4043", "1120")
    assert progress.campus_name == seed.CAMPUSES["1120"]
    assert progress.remaining_s == pytest.approx(140, rel=0.05)
    assert progress.rate == pytest.approx(48.7, rel=0.05)


def test_progress_is_none_when_the_run_has_ended(databases: Databases) -> None:
    assert (
        overview.read_progress(databases, seed.VISITOR, seed.add_success(databases, "faculty"))
        is None
    )
    assert overview.read_progress(databases, seed.VISITOR, 99) is None
