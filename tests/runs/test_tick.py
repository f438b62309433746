"""The tick: what is due starts once, whoever asks and however often."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta

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
from sync_core.store import runs, schedules
from sync_core.store.control import FAILED, Run
from sync_core.store.engines import Databases, open_databases
from sync_core.store.migrate import prepare
from tests.runs.installation import ROOT, wait_until

HOUR = timedelta(hours=1)
TICKS = 3
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
    (seen,) = [row for row in read_schedules(databases) if row.source == source]
    with databases.control.write() as session:
        due_at = utc_now() - late
        assert schedules.claim_slot(session, seen, next_due_at=due_at, fired_at=None)


def all_runs(databases: Databases) -> list[Run]:
    with databases.control.read() as session:
        return list(runs.latest_runs(session, source=None, limit=10))


def test_it_starts_a_slot_once_when_several_tick_at_once(databases: Databases) -> None:
    make_due(databases)
    ticks = [started_tick() for _ in range(TICKS)]
    for process in ticks:  # each has read that the slot is due, and none has claimed it
        assert process.stderr
        assert process.stderr.readline() == b"has read\n"
    for process in ticks:
        assert process.stdin
        process.stdin.close()
        process.stdin = None
    answers = [json.loads(process.communicate(timeout=60)[0]) for process in ticks]

    assert [process.returncode for process in ticks] == [0] * TICKS
    fired = [one for answer in answers for one in answer["fired"]]
    assert [one["source"] for one in fired] == ["faculty"]
    (run,) = all_runs(databases)
    assert (run.id, run.trigger, run.requested_by) == (fired[0]["run_id"], "schedule", "schedule")


def test_it_leaves_a_sign_of_life_and_starts_nothing_when_nothing_is_due(
    settings: Settings, databases: Databases
) -> None:
    now = utc_now()
    result = tick(settings, databases, now)
    assert (result.fired, result.reaped) == ([], [])
    assert last_fired(databases) == now


def test_it_catches_up_once_and_says_how_many_slots_were_missed(
    settings: Settings, databases: Databases
) -> None:
    make_due(databases, late=HOUR * 3)
    now = utc_now()
    (fired,) = tick(settings, databases, now).fired

    assert (fired.source, fired.missed) == ("faculty", 3)
    (row,) = read_schedules(databases)
    assert row.next_due_at is not None
    assert now < row.next_due_at <= now + HOUR
    assert row.last_fired_at == now
    assert tick(settings, databases, now).fired == []


def test_it_says_busy_and_goes_on_when_a_run_outlasts_its_interval(
    settings: Settings, databases: Databases
) -> None:
    request = Request(by="karimi", trigger="manual", choice=Choice())
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
