"""Clocks that jump, runs that last, several tickers, zones: each slot starts once, none is lost."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib import resources
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync_core.access.permissions import ADMIN, Actor
from sync_core.base.clock import utc_now
from sync_core.base.errors import Busy
from sync_core.base.settings import Settings, load
from sync_core.engine.source import Choice, find_source
from sync_core.runs import lifecycle
from sync_core.runs.lifecycle import Ending, Request
from sync_core.schedule import starting
from sync_core.schedule.plan import Plan, Step, advanced, step
from sync_core.schedule.plans import read_schedules, save_schedule
from sync_core.schedule.recurrence import Every
from sync_core.schedule.tick import Fired, tick
from sync_core.store.control import FAILED, Schedule
from sync_core.store.engines import Databases
from tests import seed
from tests.runs.installation import ROOT

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NIGHT = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)
ADMINISTRATOR = Actor("karimi", ADMIN)


@dataclass
class Starter:
    """Starts nothing, and notes what was to be started."""

    started: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self, _settings: Settings, _databases: Databases, source: str, **_: object) -> int:
        with self.lock:
            self.started.append(source)
            return len(self.started)


@pytest.fixture
def databases() -> Iterator[Databases]:
    opened = seed.prepared(load())
    yield opened
    opened.dispose()


@pytest.fixture
def starter(monkeypatch: pytest.MonkeyPatch) -> Starter:
    starter = Starter()
    monkeypatch.setattr(starting, "start_run", starter.start)
    return starter


def plan(databases: Databases, due_at: datetime, value: int = 1, unit: str = "hours") -> None:
    """Faculty is synced at that interval, and next at that moment."""
    save_schedule(
        databases,
        ADMINISTRATOR,
        "faculty",
        enabled=True,
        interval_value=value,
        interval_unit=unit,
    )
    seed.make_due(databases, "faculty", due_at)


def row(databases: Databases) -> Schedule:
    [found] = [each for each in read_schedules(databases, seed.VISITOR) if each.source == "faculty"]
    return found


def due_at(databases: Databases) -> datetime:
    found = row(databases).next_due_at
    assert found is not None
    return found


def ticked(databases: Databases, now: datetime) -> list[Fired]:
    return tick(load(), databases, now).fired


def test_it_catches_up_once_and_says_how_many_when_the_clock_jumps_forward(
    databases: Databases, starter: Starter
) -> None:
    plan(databases, NIGHT)
    assert [fired.missed for fired in ticked(databases, NIGHT)] == [0]
    [late] = ticked(databases, NIGHT + 10 * DAY + 5 * MINUTE)

    assert late.missed == 239
    assert ticked(databases, NIGHT + 10 * DAY + 6 * MINUTE) == []
    assert due_at(databases) == NIGHT + 10 * DAY + HOUR
    assert starter.started == ["faculty"] * 2


@pytest.mark.parametrize("back", [timedelta(seconds=40), 10 * MINUTE, 59 * MINUTE])
def test_it_starts_no_slot_twice_when_the_clock_is_set_back(
    databases: Databases, starter: Starter, back: timedelta
) -> None:
    plan(databases, NIGHT)
    ticked(databases, NIGHT + timedelta(seconds=30))
    now = NIGHT + timedelta(seconds=30) - back
    while now < NIGHT + HOUR:
        assert ticked(databases, now) == []
        now += MINUTE

    assert [fired.missed for fired in ticked(databases, now)] == [0]
    assert len(starter.started) == 2


@pytest.mark.parametrize("back", [3 * HOUR, DAY, 400 * DAY])
def test_it_loses_no_day_when_the_clock_is_set_back_further(
    databases: Databases, starter: Starter, back: timedelta
) -> None:
    """The nightly slot comes within one day of the new clock, and still at night; of the very night
    that has been started already, the next one does.
    """
    plan(databases, NIGHT, unit="days")
    ticked(databases, NIGHT)
    now = NIGHT + 12 * HOUR - back
    assert ticked(databases, now) == []

    [due] = {due_at(databases)}
    assert now < due <= now + DAY or due == NIGHT + DAY < now + 2 * DAY
    assert (due.hour, due.minute) == (22, 30)


def test_it_goes_on_at_its_hour_when_a_wrong_clock_is_put_right(
    databases: Databases, starter: Starter
) -> None:
    """A machine that wakes up in another year starts one run there, and no more."""
    plan(databases, NIGHT, unit="days")
    [wrong] = ticked(databases, NIGHT.replace(year=2036, hour=3))
    now = NIGHT - 9 * HOUR
    for _ in range(9 * 60):
        assert ticked(databases, now) == []
        now += MINUTE

    assert wrong.missed > 3_000
    assert [fired.missed for fired in ticked(databases, NIGHT)] == [0]
    assert due_at(databases) == NIGHT + DAY


def test_it_does_not_hammer_when_two_hosts_disagree_about_the_time(
    databases: Databases, starter: Starter
) -> None:
    """One of them is an hour and a half behind; both tick every minute, for four hours."""
    plan(databases, NIGHT)
    for minute in range(4 * 60):
        now = NIGHT + minute * MINUTE
        ticked(databases, now)
        ticked(databases, now - 90 * MINUTE)

    assert len(starter.started) == 4


def test_it_starts_each_slot_once_when_many_tick_at_once(
    databases: Databases, starter: Starter
) -> None:
    plan(databases, NIGHT, unit="minutes")
    tickers, slots = 4, 12
    meet = threading.Barrier(tickers)

    def work(_: int) -> int:
        fired = 0
        for slot in range(slots):
            meet.wait(60)
            fired += len(ticked(databases, NIGHT + slot * MINUTE))
        return fired

    with ThreadPoolExecutor(tickers) as pool:
        assert sum(pool.map(work, range(tickers))) == slots
    assert len(starter.started) == slots


def test_it_says_busy_at_each_slot_until_a_long_run_has_ended(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HAMGAM_GATEWAY_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("HAMGAM_GATEWAY_USER", "tester")
    monkeypatch.setenv("HAMGAM_GATEWAY_PASSWORD", "never-sent")
    launched: list[int] = []
    monkeypatch.setattr("sync_core.runs.start.launch", lambda *given: launched.append(given[2].id))
    source, request = find_source(load(), "faculty"), Request(seed.KARIMI, "manual", Choice())
    active = lifecycle.claim(load(), databases, source, request)
    now = utc_now()
    plan(databases, now, unit="minutes")

    for slot in range(3):
        [fired] = ticked(databases, now + slot * MINUTE)
        assert isinstance(fired.error, Busy)
        assert (fired.error.run_id, fired.run_id, fired.missed) == (active.id, None, 0)
    lifecycle.finish(databases, active, Ending(FAILED, "cancelled", None, []))
    [fired] = ticked(databases, now + 3 * MINUTE)

    assert fired.run_id == active.id + 1
    assert launched == [fired.run_id]


Jumps = list[tuple[int, timedelta]]


@given(
    jumps=st.lists(
        st.tuples(st.integers(1, 200), st.timedeltas(timedelta(days=-3), timedelta(days=3))),
        max_size=6,
    ),
    minutes=st.integers(2, 90),
)
@settings(max_examples=200, deadline=None)
def test_it_starts_about_once_an_interval_whatever_the_clock_does(
    jumps: Jumps, minutes: int
) -> None:
    """Minutes that really pass, and after some of them a jump of the clock: it may bring one start
    to catch up, and the next slot sooner.
    """
    every, wall = minutes * MINUTE, NIGHT
    plan = Plan(Every(every, NIGHT), due_at=NIGHT + every)
    passed, starts = 0, [0]
    for calm, jump in [*jumps, (3 * minutes, timedelta())]:
        for _ in range(calm):
            to = step(plan, wall)
            plan = plan if to is None else advanced(plan, to)
            if to is not None and to.fires:
                starts.append(passed)
            passed, wall = passed + 1, wall + MINUTE
        wall += jump

    assert len(starts) - 1 <= passed / minutes + 2 * (len(jumps) + 1)
    longest = max(later - sooner for sooner, later in pairwise([*starts, passed]))
    assert longest <= (len(jumps) + 1) * (2 * minutes + 1)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/St_Johns", "Asia/Tehran"])
def test_it_keeps_its_distance_whatever_the_servers_zone_is(
    zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A day with a changed clock has 23 or 25 hours; an interval of a day has 24."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        now = datetime(2021, 1, 1, tzinfo=UTC)
        plan = Plan(Every(DAY, now), due_at=now)
        for _ in range(366):
            to = step(plan, now)
            assert to == Step(now + DAY, slot=now)
            plan, now = advanced(plan, to), now + DAY
    finally:
        monkeypatch.undo()
        time.tzset()
    assert datetime(2021, 7, 1, tzinfo=UTC).astimezone(ZoneInfo("Europe/Berlin")).dst()


def test_it_stores_the_same_slot_with_old_zone_data(databases: Databases, tmp_path: Path) -> None:
    """Data from before 2022 let Tehran's clocks jump; here a zone that still does stands for it."""
    zones = tmp_path / "zones"
    (zones / "Asia").mkdir(parents=True)
    old = resources.files("tzdata").joinpath("zoneinfo", "Europe", "Berlin")
    (zones / "Asia" / "Tehran").write_bytes(old.read_bytes())
    environ = {**os.environ, "PYTHONTZPATH": str(zones)}
    said = {
        command: subprocess.run(
            [sys.executable, "-m", "sync_core", *command.split(), "--json"],
            cwd=ROOT,
            env=environ,
            capture_output=True,
            timeout=60,
            check=False,
        ).stdout.splitlines()[-1]
        for command in ("schedule set faculty --every 12 --unit hours", "doctor")
    }

    distance = due_at(databases) - row(databases).updated_at
    assert abs(distance - 12 * HOUR) < MINUTE
    assert "Update tzdata." in [found["hint"] for found in json.loads(said["doctor"])]
