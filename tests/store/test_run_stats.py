"""What many runs did, by day and by month, from runs whose numbers are known."""

from collections import Counter
from datetime import date, timedelta
from statistics import median

import pytest
from sqlalchemy import delete, select, update

from sync_core.base.clock import TEHRAN, tehran_today, utc_now
from sync_core.base.jalali import month_start, tehran_date
from sync_core.inspect import run_stats
from sync_core.inspect.periods import NAMES, Period, named
from sync_core.store import runs
from sync_core.store.control import FAILED, SUCCESS, Run
from sync_core.store.engines import Databases
from sync_core.store.history import HistoryFilter
from tests import seed

EVERYTHING = HistoryFilter()


def stats(databases: Databases, which: HistoryFilter = EVERYTHING) -> run_stats.RunStats:
    return run_stats.run_stats(databases, seed.VISITOR, which)


def test_it_adds_up_the_runs_of_each_day_and_leaves_no_day_out(databases: Databases) -> None:
    for days, lasted in ((4, 10), (4, 20), (4, 60), (1, 30)):
        ago, length = timedelta(days=days), timedelta(seconds=lasted)
        seed.add_success(databases, "faculty", ago=ago, lasted=length)
    seed.add_failure(databases, "students", "auth", ago=timedelta(days=4))

    found = stats(databases)

    assert [bar.success for bar in found.bars] == [3, 0, 0, 1]
    assert [bar.failed for bar in found.bars] == [1, 0, 0, 0]
    assert [bar.inserted for bar in found.bars] == [42, 0, 0, 14]
    assert [bar.median_s for bar in found.bars] == pytest.approx([20, None, None, 30], abs=0.01)
    assert found.bars[0].first == tehran_date(utc_now() - timedelta(days=4))
    assert found.median_s == pytest.approx(25, abs=0.01)
    assert not found.by_month


def test_it_names_the_commonest_cause_first(databases: Databases) -> None:
    for error_class in ("auth", "network", "network"):
        seed.add_failure(databases, "faculty", error_class)
    assert stats(databases).errors == (("network", 2), ("auth", 1))


def test_it_leaves_out_what_still_runs(databases: Databases) -> None:
    seed.add_running(databases, "faculty")
    assert stats(databases).bars == ()


def test_it_goes_by_month_when_the_days_are_many(databases: Databases) -> None:
    for days in (0, 200, 200):
        seed.add_success(databases, "faculty", ago=timedelta(days=days))

    found = stats(databases)

    assert found.by_month
    assert [bar.success for bar in found.bars if bar.success] == [2, 1]
    assert 7 <= len(found.bars) <= 8
    assert all(bar.first == month_start(bar.first) for bar in found.bars)


def test_it_counts_only_what_fits_the_filter(databases: Databases) -> None:
    seed.add_success(databases, "faculty", requested_by="m.karimi", trigger="cli")
    seed.add_success(databases, "faculty", requested_by="a.rahimi")
    seed.add_success(databases, "students", requested_by="m.karimi", ago=timedelta(days=9))

    for which in (
        HistoryFilter(who="a.rahimi"),
        HistoryFilter(trigger="cli"),
        HistoryFilter(source="students"),
        HistoryFilter(until=utc_now() - timedelta(days=5)),
        HistoryFilter(who="m.karimi", since=utc_now() - timedelta(days=5)),
    ):
        assert sum(bar.success for bar in stats(databases, which).bars) == 1
    assert run_stats.requesters(databases, seed.VISITOR) == ("a.rahimi", "m.karimi")


def test_it_tells_good_and_bad_runs_of_each_day(databases: Databases) -> None:
    seed.add_success(databases, "faculty", ago=timedelta(days=2))
    seed.add_failure(databases, "faculty", "auth", ago=timedelta(days=2))

    found = run_stats.outcomes_by_day(databases, seed.VISITOR, EVERYTHING)

    assert found == {tehran_date(utc_now() - timedelta(days=2)): (1, 1)}


def test_its_mark_changes_when_a_run_ends_and_not_while_it_runs(databases: Databases) -> None:
    before = mark(databases)
    run_id = seed.add_running(databases, "faculty")
    assert mark(databases) == before
    with databases.control.write() as session:
        runs.update_running(session, run_id, {"progress_at": utc_now(), "fetched": 9_000})
    assert mark(databases) == before
    seed.add_success(databases, "students")
    assert mark(databases) != before


def test_its_mark_changes_when_an_older_run_ends_whatever_the_clock_says(
    databases: Databases,
) -> None:
    seed.add_success(databases, "faculty")
    older = seed.add_running(databases, "students")
    seed.add_success(databases, "faculty")
    before = mark(databases)
    with databases.control.write() as session:
        long_ago = {"finished_at": utc_now() - timedelta(days=9)}
        runs.change_status(session, older, FAILED, long_ago)
    assert mark(databases) != before


def test_its_mark_changes_when_the_oldest_run_is_taken_away(databases: Databases) -> None:
    numbers = seed.add_history(databases, "faculty", 3)
    before = mark(databases)
    with databases.control.write() as session:
        session.execute(delete(Run).where(Run.id == min(numbers)))
    assert mark(databases) != before


def mark(databases: Databases) -> tuple[object, ...]:
    return run_stats.stats_mark(databases, seed.VISITOR)


def test_it_adds_up_what_a_count_of_every_run_gives(databases: Databases) -> None:
    """Also of runs that never began, and after one was taken away."""
    for source in ("faculty", "students"):
        seed.add_history(databases, source, 40)
    seed.add_failure(databases, "faculty", "crashed", lasted=timedelta(0))
    with databases.control.write() as session:
        session.execute(update(Run).where(Run.error_class == "crashed").values(started_at=None))
        session.execute(delete(Run).where(Run.id == 7))
        rows = session.scalars(select(Run)).all()
    lasted = [
        (run.finished_at - run.started_at).total_seconds()
        for run in rows
        if run.status == SUCCESS and run.started_at and run.finished_at
    ]

    found = stats(databases)

    assert sum(bar.success for bar in found.bars) == len(lasted)
    assert sum(bar.failed for bar in found.bars) == len(rows) - len(lasted)
    assert sum(bar.updated for bar in found.bars) == sum(run.updated for run in rows)
    assert found.median_s == pytest.approx(median(lasted), abs=0.001)
    assert ("crashed", 1) in found.errors
    outcomes = run_stats.outcomes_by_day(databases, seed.VISITOR, EVERYTHING)
    assert {day: sum(each) for day, each in outcomes.items()} == Counter(
        tehran_date(run.created_at) for run in rows
    )


def test_a_day_begins_at_midnight_in_tehran() -> None:
    period = Period(date(2026, 11, 24), date(2026, 11, 24))
    assert period.since is not None
    assert period.until is not None
    assert period.since.isoformat() == "2026-11-23T20:30:00+00:00"
    assert period.until - period.since == timedelta(days=1)


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("today", date(2026, 11, 24)),
        ("7", date(2026, 11, 18)),
        ("30", date(2026, 10, 26)),
        ("month", date(2026, 11, 22)),  # 1 Azar 1405
        ("year", date(2026, 3, 21)),  # 1 Farvardin 1405
    ],
)
def test_it_knows_the_periods_by_their_names(name: str, first: date) -> None:
    assert named(name, date(2026, 11, 24)) == Period(first, date(2026, 11, 24))
    assert name in NAMES


def test_a_run_of_today_is_in_every_period(databases: Databases) -> None:
    seed.add_success(databases, "faculty", ago=timedelta(0))
    for name in NAMES:
        period = named(name, tehran_today())
        which = HistoryFilter(since=period.since, until=period.until)
        assert sum(bar.success for bar in stats(databases, which).bars) == 1


def test_a_run_belongs_to_its_day_in_tehran(databases: Databases) -> None:
    noon = utc_now().astimezone(TEHRAN).replace(hour=12, minute=0, second=0, microsecond=0)
    after_noon = utc_now() - noon
    seed.add_success(databases, "faculty", ago=after_noon + timedelta(hours=11, minutes=59))
    seed.add_failure(
        databases, "faculty", "network", ago=after_noon + timedelta(hours=12, minutes=1)
    )

    found = run_stats.outcomes_by_day(databases, seed.VISITOR, EVERYTHING)

    assert found == {noon.date(): (1, 0), noon.date() - timedelta(days=1): (0, 1)}
