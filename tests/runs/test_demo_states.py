"""The year that `demo --states` tells: every state is in it, it adds up, and it stands still."""

import os
import signal
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import func, select

from sync_core.access.permissions import ADMIN, Actor, command_line_actor
from sync_core.access.users import list_users
from sync_core.base.clock import tehran_today, utc_now
from sync_core.base.errors import CLASSES, ConfigError
from sync_core.base.jalali import tehran_date
from sync_core.base.settings import load
from sync_core.cli import demo_cases, demo_states
from sync_core.cli.demo_story import Story
from sync_core.inspect.overview import read_overview
from sync_core.runs.cancel import request_cancel
from sync_core.runs.reaper import reap
from sync_core.runs.snapshot import SHOWN
from sync_core.schedule.plans import read_schedules
from sync_core.store import ledger
from sync_core.store.control import ACTIVE, COUNTS, FAILED, PENDING, RUNNING, SUCCESS, Run, RunUnit
from sync_core.store.data import rejected_rows, row_changes, unit_runs
from sync_core.store.engines import Databases, open_databases
from tests import seed, told
from tests.runs.test_demo import running_demo

SOMEBODY = Actor("somebody", ADMIN, 1)


@pytest.fixture(autouse=True)
def settings_of_the_story(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in told.SETTINGS.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def databases() -> Iterator[Databases]:
    opened = told.told()
    yield opened
    opened.dispose()


def all_runs(databases: Databases) -> list[Run]:
    with databases.control.read() as session:
        return list(session.scalars(select(Run).order_by(Run.id)))


def ended_runs(databases: Databases) -> list[Run]:
    return [run for run in all_runs(databases) if run.status not in ACTIVE]


def units_by_run(databases: Databases) -> dict[int, list[RunUnit]]:
    found: dict[int, list[RunUnit]] = {}
    with databases.control.read() as session:
        for unit in session.scalars(select(RunUnit)):
            found.setdefault(unit.run_id, []).append(unit)
    return found


def test_it_tells_of_every_state_class_trigger_and_mode(databases: Databases) -> None:
    runs = all_runs(databases)

    assert {run.status for run in runs} == {PENDING, RUNNING, SUCCESS, FAILED}
    assert {run.error_class for run in runs} == {None, *CLASSES}
    assert {run.trigger for run in runs} == {"manual", "schedule", "cli", "retry"}
    assert {run.mode for run in runs} == {"full", "recent", "failed"}
    assert {run.requested_by for run in runs} >= {"schedule", "admin", "m.karimi", "r.ahmadi"}
    assert any(run.units_skipped for run in runs)
    assert any(run.drift for run in runs)
    assert any(run.counted for run in runs)
    assert any(run.left_out for run in runs)
    assert any(run.refused_missing for run in runs)


@pytest.mark.parametrize("case", told.CASES, ids=lambda case: case.name)
def test_it_tells_a_run_of_every_case(databases: Databases, case: demo_cases.Case) -> None:
    assert told.number_of(databases, case)


def test_it_fills_a_year_so_that_charts_and_calendar_live(databases: Databases) -> None:
    runs = ended_runs(databases)
    days = {tehran_date(run.created_at) for run in runs}

    assert len(runs) > 300
    assert len(days) > 350
    assert max(days) < tehran_today() <= min(days) + timedelta(days=370)
    assert 0.03 < sum(run.status == FAILED for run in runs) / len(runs) < 0.2


def test_it_counts_so_that_everything_adds_up(databases: Databases) -> None:
    units = units_by_run(databases)
    for run in all_runs(databases):
        own = units.get(run.id, [])
        assert run.fetched == sum(getattr(run, name) for name in COUNTS[1:])
        for unit in own:
            assert unit.fetched == sum(getattr(unit, name) for name in COUNTS[1:])
            assert unit.status == SUCCESS or unit.fetched == 0
        if run.status in ACTIVE:
            continue
        sums = {name: sum(getattr(unit, name) for unit in own) for name in COUNTS}
        assert {name: getattr(run, name) for name in COUNTS} == sums
        outcomes = Counter(unit.status for unit in own)
        assert (run.units_done, run.units_failed) == (outcomes[SUCCESS], outcomes[FAILED])
        assert run.units_skipped == sum(unit.skipped for unit in own)
        assert run.status == FAILED or run.units_total in {None, len(own)}


@pytest.mark.parametrize("source", seed.SOURCES)
def test_it_lets_people_come_and_go_as_runs_say(databases: Databases, source: str) -> None:
    """From one full cover to the next: who is new, less who is missing."""
    runs = [run for run in ended_runs(databases) if run.source == source]
    covers = [place for place, run in enumerate(runs) if run.records is not None]
    for before, after in pairwise(covers):
        since = runs[before + 1 : after + 1]
        moved = sum(run.inserted - run.missing for run in since)
        assert runs[after].records == (runs[before].records or 0) + moved


@pytest.mark.parametrize("source", seed.SOURCES)
def test_it_never_tells_of_two_runs_at_once(databases: Databases, source: str) -> None:
    runs = [run for run in ended_runs(databases) if run.source == source]
    for earlier, later in pairwise(runs):
        assert earlier.finished_at is not None
        assert earlier.finished_at <= later.created_at


def test_it_keeps_what_each_run_went_by(databases: Databases) -> None:
    assert all(set(run.settings or {}) == set(SHOWN) for run in all_runs(databases))


def test_it_leaves_the_ledger_equal_to_what_is_shown(databases: Databases) -> None:
    units = units_by_run(databases)
    with databases.data.read() as session:
        ended = unit_runs.c.run_id.in_(units)
        outcomes = session.scalar(select(func.count()).select_from(unit_runs).where(ended))
        rejects = dict(
            session.execute(
                select(rejected_rows.c.run_id, func.count()).group_by(rejected_rows.c.run_id)
            ).all()
        )
        for run_id, own in units.items():
            refused = {unit.unit for unit in own if unit.refused_people is not None}
            assert set(ledger.refused_in(session, run_id)) == refused
    expected = {
        run_id: sum(unit.rejected + (unit.refused_rejects or 0) for unit in own)
        for run_id, own in units.items()
    }
    assert rejects == {run_id: count for run_id, count in expected.items() if count}
    assert outcomes == sum(map(len, units.values()))


def test_it_leaves_changes_and_a_log_of_what_is_worth_a_look() -> None:
    settings = load()
    databases = seed.prepared(settings)
    told.stage(databases)
    told.write(settings, databases)
    plain = told.number_of(databases, next(c for c in told.CASES if c.name == "plain"))
    partial = told.number_of(databases, next(c for c in told.CASES if c.name == "partial"))
    with databases.data.read() as session:
        of_plain = select(func.count()).where(row_changes.c.run_id == plain)
        changed = session.scalar(of_plain) or 0
    databases.dispose()

    assert changed > 1
    log = settings.run_log(partial).read_text(encoding="utf-8")
    assert "unit_failed unit=4051/" in log
    assert "ended: failed" in log


def test_it_adds_people_whose_passwords_nobody_knows(databases: Databases) -> None:
    users = {user.name: user for user in list_users(databases, command_line_actor())}

    roles = {(user.role, user.disabled) for user in users.values()}
    assert roles == {("operator", False), ("viewer", False), ("operator", True)}
    assert all(user.must_change and user.last_login_at is None for user in users.values())
    plans = read_schedules(databases, command_line_actor())
    assert all(plan.enabled and plan.next_due_at for plan in plans)


def test_it_changes_nothing_when_it_is_told_again(databases: Databases) -> None:
    settings = load()
    before = state(databases)

    past = demo_states.tell_past(settings, databases, told.PEOPLE)
    demo_states.show_runs(settings, databases)

    assert past == ()
    assert state(databases) == before


def state(databases: Databases) -> list[tuple[object, ...]]:
    with databases.control.read() as session:
        columns = (Run.id, Run.status, Run.created_at, Run.fetched)
        runs = [tuple(row) for row in session.execute(select(*columns).order_by(Run.id))]
        units = session.scalar(select(func.count()).select_from(RunUnit))
        return [*runs, (units, len(list_users(databases, command_line_actor())))]


def test_it_refuses_to_be_told_after_real_runs() -> None:
    databases = seed.prepared(load())
    seed.add_success(databases, "faculty")

    with pytest.raises(ConfigError, match="runs already") as refused:
        demo_states.tell_past(load(), databases, told.PEOPLE)

    databases.dispose()
    assert "--fresh" in refused.value.hint


def test_it_tells_the_same_story_on_the_same_day() -> None:
    def story(day: date) -> list[object]:
        plans = {"faculty": ["all"], "students": sorted(seed.unit_names(), reverse=True)}
        return list(Story(lambda source, _day: plans[source], told.PEOPLE, day).tell())

    today = date(2026, 11, 24)
    assert story(today) == story(today)
    assert story(today) != story(today + timedelta(days=1))


def test_it_tells_a_story_of_the_smallest_world() -> None:
    """Of one campus, and hardly anybody."""
    plans = {"faculty": ["all"], "students": [f"{term}/1110" for term in range(4057, 4050, -1)]}
    people = {"faculty": 1, "students": 1}
    tale = list(Story(lambda source, _day: plans[source], people, date(2026, 11, 24)).tell())
    assert {past.run["error_class"] for past in tale} == {None, *CLASSES}


def test_it_stands_still_until_somebody_stops_it(databases: Databases) -> None:
    """The reaper leaves it alone, and ends it like any other that does not obey a cancel."""
    active = [run for run in all_runs(databases) if run.status in ACTIVE]
    assert {run.source: run.status for run in active} == {"faculty": PENDING, "students": RUNNING}
    assert reap(load(), databases) == []

    for run in active:
        request_cancel(databases, SOMEBODY, run.id)
    with databases.control.write() as session:
        for run in session.scalars(select(Run).where(Run.status.in_(ACTIVE))):
            run.cancel_requested_at = utc_now() - timedelta(minutes=2)

    assert sorted(reap(load(), databases)) == sorted(run.id for run in active)
    ended = [run for run in all_runs(databases) if run.id in {each.id for each in active}]
    assert [(run.status, run.error_class) for run in ended] == [(FAILED, "cancelled")] * 2


def test_it_takes_away_only_what_stands_for_show(databases: Databases) -> None:
    ended = [run.id for run in ended_runs(databases)]
    active = [run.id for run in all_runs(databases) if run.status in ACTIVE]
    assert outcomes(databases, active) > 0

    demo_states.take_shown_away(databases)

    assert [run.id for run in all_runs(databases)] == ended
    assert outcomes(databases, active) == 0


def outcomes(databases: Databases, runs: list[int]) -> int:
    with databases.data.read() as session:
        query = select(func.count()).select_from(unit_runs).where(unit_runs.c.run_id.in_(runs))
        return session.scalar(query) or 0


def test_it_shows_nothing_where_a_real_run_goes_on() -> None:
    settings = load()
    databases = seed.prepared(settings)
    seed.add_campuses(databases)
    real = seed.add_running(databases, "students")

    demo_states.show_runs(settings, databases)

    runs = {run.source: run for run in all_runs(databases)}
    cards = read_overview(databases, SOMEBODY, seed.SOURCES).cards
    databases.dispose()
    assert runs["students"].id == real
    assert [card.status for card in cards] == [PENDING, RUNNING]


PORT = "--port=18701"
"""Far from that of the other demos, which another process may try at the same time."""


@pytest.mark.slow
def test_it_says_what_stands_for_show_and_leaves_none_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "demo"
    numbers = []
    for _ in range(2):
        with running_demo(home, "--states", PORT) as process:
            said = ""
            while "Ctrl-C ends" not in said:
                line = process.stdout.readline() if process.stdout else ""
                assert line, f"It ended with {process.wait()} before its box."
                said += line
            assert "stands still for show" in said
            os.killpg(process.pid, signal.SIGINT)
            assert process.wait(60) == 0
        monkeypatch.setenv("HAMGAM_DATABASE_URL", f"sqlite:///{home}/hamgam.db")
        databases = open_databases(load())
        runs = all_runs(databases)
        databases.dispose()
        assert {run.status for run in runs} == {SUCCESS, FAILED}
        assert [run.status for run in runs[-2:]] == [SUCCESS, SUCCESS]
        numbers.append(len(runs))
    assert numbers[0] == numbers[1]
