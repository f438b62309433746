"""The tick: what is due starts once, whoever asks and however often."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from sync_core.access.permissions import ADMIN, Actor
from sync_core.base.clock import utc_now
from sync_core.base.settings import Settings, load
from sync_core.cli.main import main
from sync_core.engine.source import Choice, find_source
from sync_core.runs import lifecycle
from sync_core.runs.lifecycle import Ending, Request
from sync_core.schedule.plans import last_fired, read_schedules, save_schedule
from sync_core.schedule.tick import tick
from sync_core.store import runs
from sync_core.store.control import FAILED, Run
from sync_core.store.engines import Databases, open_databases
from sync_core.store.migrate import prepare
from tests import seed
from tests.runs.installation import ROOT, wait_until

HOUR = timedelta(hours=1)
TICKS = 20
TICK_THAT_WAITS = """
import sys
from sync_core.cli.main import main
from sync_core.schedule import tick

claim = tick._claim

def wait_and_claim(*arguments):
    sys.stderr.write("has read\\n")
    sys.stderr.flush()
    sys.stdin.read()
    return claim(*arguments)

tick._claim = wait_and_claim
sys.exit(main(["tick", "--json"]))
"""
"""The command, held up where two of them could both believe that the slot is theirs."""


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Of a gateway that nobody listens at: a run that starts soon ends."""
    monkeypatch.setenv("HAMGAM_GATEWAY_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("HAMGAM_GATEWAY_USER", "tester")
    monkeypatch.setenv("HAMGAM_GATEWAY_PASSWORD", "never-sent")
    monkeypatch.setenv("HAMGAM_LOGIN_TIMEOUT_S", "0.2")
    return load()


@pytest.fixture
def databases(settings: Settings) -> Iterator[Databases]:
    opened = open_databases(settings)
    prepare(settings, opened)
    yield opened
    wait_until(lambda: none_active(opened), "every run ends")
    opened.dispose()


def started_tick() -> "subprocess.Popen[bytes]":
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", TICK_THAT_WAITS]
    return subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe)


def answers_of(ticks: "list[subprocess.Popen[bytes]]") -> list[dict[str, Any]]:
    """All at once, after each has read what is due and none has claimed it."""
    for process in ticks:
        assert process.stderr
        assert process.stderr.readline() == b"has read\n"
    for process in ticks:
        assert process.stdin
        process.stdin.close()
        process.stdin = None
    answers = [json.loads(process.communicate(timeout=120)[0]) for process in ticks]
    assert [process.returncode for process in ticks] == [0] * len(ticks)
    return [one for answer in answers for one in answer["fired"]]


def none_active(databases: Databases) -> bool:
    with databases.control.read() as session:
        return not runs.active_runs(session)


def make_due(databases: Databases, source: str = "faculty", late: timedelta = HOUR * 0) -> None:
    save_schedule(
        databases,
        Actor("karimi", ADMIN),
        source,
        enabled=True,
        interval_value=1,
        interval_unit="hours",
    )
    seed.make_due(databases, source, utc_now() - late)


def all_runs(databases: Databases) -> list[Run]:
    with databases.control.read() as session:
        return list(runs.latest_runs(session, source=None, limit=10))


def test_it_starts_a_slot_once_when_several_tick_at_once(databases: Databases) -> None:
    make_due(databases)
    fired = answers_of([started_tick() for _ in range(TICKS)])

    assert [one["source"] for one in fired] == ["faculty"]
    (run,) = all_runs(databases)
    assert (run.id, run.trigger, run.requested_by) == (fired[0]["run_id"], "schedule", "schedule")


def test_it_starts_a_retry_once_when_many_tick_at_once(databases: Databases) -> None:
    save_schedule(
        *(databases, Actor("karimi", ADMIN), "faculty"),
        enabled=True,
        interval_value=1,
        interval_unit="days",
        retries=2,
        retry_wait_minutes=1,
    )
    failed = seed.add_failure(
        databases, "faculty", "network", trigger="schedule", requested_by="schedule"
    )
    fired = answers_of([started_tick() for _ in range(TICKS)])

    assert [(one["source"], one["retry_of"]) for one in fired] == [("faculty", failed)]
    (newest, before) = all_runs(databases)
    assert (newest.id, newest.trigger, before.id) == (fired[0]["run_id"], "retry", failed)
    assert (newest.mode, newest.requested_by) == ("failed", "schedule")


def test_it_tries_a_failed_run_again_as_often_as_chosen_and_then_holds_the_source_back(
    settings: Settings, databases: Databases
) -> None:
    """Nobody listens at the gateway. Time is told to each tick; the runs are real."""
    save_schedule(
        *(databases, Actor("karimi", ADMIN), "faculty"),
        enabled=True,
        interval_value=1,
        interval_unit="hours",
        retries=1,
        retry_wait_minutes=5,
    )
    [row] = read_schedules(databases, seed.VISITOR)
    assert row.next_due_at is not None
    now, last, started = row.next_due_at, row.next_due_at + 6 * HOUR, []
    while now < last:
        for fired in tick(settings, databases, now).fired:
            started.append((fired.run_id, fired.retry_of))
            wait_until(lambda: none_active(databases), "the run ends")
        [row] = read_schedules(databases, seed.VISITOR)
        now += timedelta(minutes=20)

    triggers = [run.trigger for run in reversed(all_runs(databases))]
    assert triggers == ["schedule", "retry"] * 3
    assert (row.failures, row.held_until) == (3, row.next_due_at)


def test_it_imports_next_to_nothing_when_nothing_is_due(databases: Databases) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "sync_core", "tick", "--json"]

    def called() -> "tuple[dict[str, Any], set[str]]":
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        lines = done.stderr.splitlines()
        imported = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in lines}
        return json.loads(done.stdout.splitlines()[-1]), imported

    answer, imported = called()  # the first one ever is a whole turn
    assert "sqlalchemy" in imported
    assert not imported & {"pandas", "streamlit", "requests", "apprise", "alembic"}
    again, imported = called()
    assert not imported & {"sqlalchemy", "pandas", "streamlit", "requests", "apprise", "psutil"}
    assert set(answer) == set(again) == {"at", "reaped", "fired", "skipped"}
    assert last_fired(databases, seed.VISITOR) == datetime.fromisoformat(again["at"])


def test_it_leaves_a_sign_of_life_and_starts_nothing_when_nothing_is_due(
    settings: Settings, databases: Databases
) -> None:
    now = utc_now()
    result = tick(settings, databases, now)
    assert (result.fired, result.reaped) == ([], [])
    assert last_fired(databases, seed.VISITOR) == now


def test_it_catches_up_once_and_says_how_many_slots_were_missed(
    settings: Settings, databases: Databases
) -> None:
    make_due(databases, late=HOUR * 3)
    now = utc_now()
    (fired,) = tick(settings, databases, now).fired

    assert (fired.source, fired.missed) == ("faculty", 3)
    (row,) = read_schedules(databases, seed.VISITOR)
    assert row.next_due_at is not None
    assert now < row.next_due_at <= now + HOUR
    assert row.last_fired_at == now
    assert tick(settings, databases, now).fired == []


def test_it_says_busy_and_goes_on_when_a_run_outlasts_its_interval(
    settings: Settings, databases: Databases
) -> None:
    request = Request(by=seed.KARIMI, trigger="manual", choice=Choice())
    active = lifecycle.claim(settings, databases, find_source(settings, "faculty"), request)
    make_due(databases)
    (fired,) = tick(settings, databases).fired
    lifecycle.finish(databases, active, Ending(FAILED, "cancelled", None, []))

    assert (fired.busy, fired.run_id) == (True, None)
    assert f"Run {active.id}" in str(fired.error)
    assert tick(settings, databases).fired == []


def test_it_says_why_when_a_source_cannot_start(
    databases: Databases, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_due(databases)
    monkeypatch.setenv("HAMGAM_GATEWAY_URL", "")
    assert main(["tick", "--json"]) == 2
    captured = capsys.readouterr()
    (fired,) = json.loads(captured.out.splitlines()[-1])["fired"]
    assert (fired["run_id"], fired["error"]) == (None, "config")
    assert "HAMGAM_GATEWAY_URL" in captured.err
    [run] = all_runs(databases)
    assert (run.status, run.error_class, run.trigger) == (FAILED, "config", "schedule")
    assert "HAMGAM_GATEWAY_URL" in (run.error_message or "")
