"""The daemon as a real process: it syncs what is due, outlives trouble, and ends when told."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from sync_core.base.clock import utc_now
from sync_core.schedule.callers import SCHEDULER, last_calls
from sync_core.schedule.daemon import is_lost
from sync_core.store.control import Schedule
from sync_core.store.sqlite import library
from tests import seed
from tests.engine.gateway_process import GatewayProcess, running_gateway
from tests.engine.oracle import expected_faculty
from tests.runs.installation import ROOT, Installation, wait_until

pytestmark = pytest.mark.slow

EVERY_S = 0.3
SLOW = {"latency_ms": 20_000}
TICK_THAT_WAITS = """
import sys
from sync_core.cli.main import main
from sync_core.schedule import tick

reap = tick.reap

def wait_and_reap(*arguments):
    sys.stderr.write("in the middle\\n")
    sys.stderr.flush()
    sys.stdin.readline()
    return reap(*arguments)

tick.reap = wait_and_reap
sys.exit(main(["scheduler"]))
"""
"""The command, whose ticks wait in their middle for a line."""


@pytest.fixture(scope="module")
def one_gateway() -> Iterator[GatewayProcess]:
    with running_gateway(faculty=60, students=10, campuses=1, page_cap=40) as gateway:
        yield gateway


@pytest.fixture
def gateway(one_gateway: GatewayProcess) -> Iterator[GatewayProcess]:
    yield one_gateway
    one_gateway.reset()


@pytest.fixture
def installation(gateway: GatewayProcess) -> Iterator[Installation]:
    installation = Installation({**gateway.environ, "HAMGAM_TICK_EVERY_S": str(EVERY_S)})
    assert installation.call("init")[0] == 0
    yield installation
    gateway.reset()
    wait_until(lambda: not active(installation), "every run ends")
    installation.databases.dispose()


def active(installation: Installation) -> list[dict[str, object]]:
    query = "SELECT id FROM sync_runs WHERE status IN ('pending', 'running')"
    return installation.rows(query, control=True)


def statuses(installation: Installation) -> list[str]:
    rows = installation.rows("SELECT status FROM sync_runs ORDER BY id", control=True)
    return [row["status"] for row in rows]


def sync_every_minute(installation: Installation, *, due: bool = True) -> None:
    every = ("schedule", "set", "faculty", "--every", "1", "--unit", "minutes")
    assert installation.call(*every)[0] == 0
    if due:
        with installation.databases.control.write() as session:
            row = session.get(Schedule, "faculty")
            assert row is not None
            row.next_due_at = utc_now()


def called_at(installation: Installation) -> datetime | None:
    calls = last_calls(installation.databases, seed.VISITOR)
    return next((call.at for call in calls if call.caller == SCHEDULER), None)


def wait_for_a_call(installation: Installation) -> None:
    before = called_at(installation)
    wait_until(lambda: called_at(installation) not in {None, before}, "a tick")


def ended(process: "subprocess.Popen[str]", number: int = signal.SIGTERM) -> str:
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    return said


def test_it_syncs_twice_what_is_due_every_minute(
    installation: Installation, gateway: GatewayProcess
) -> None:
    sync_every_minute(installation)
    with installation.started("scheduler") as process:
        wait_until(lambda: statuses(installation) == ["success"], "the first run")
        wait_until(lambda: statuses(installation) == ["success"] * 2, "the second run")
        said = ended(process)
    people = len(expected_faculty(gateway.world))
    rows = installation.rows('SELECT "trigger", records FROM sync_runs', control=True)
    assert [tuple(row.values()) for row in rows] == [("schedule", people)] * 2
    assert said.count("faculty: started run") == 2
    (call,) = last_calls(installation.databases, seed.VISITOR)
    assert call.caller == SCHEDULER
    assert utc_now() - call.at < timedelta(seconds=30)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_it_started_outlives_it(
    installation: Installation, gateway: GatewayProcess, number: int
) -> None:
    gateway.control(SLOW)
    sync_every_minute(installation)
    with installation.started("scheduler") as process:
        wait_until(lambda: statuses(installation) == ["running"], "a run goes on")
        said = ended(process, number)
    assert "Syncs that it started go on." in said
    assert statuses(installation) == ["running"]
    gateway.reset()
    wait_until(lambda: statuses(installation) == ["success"], "the run goes on to its end")


def test_it_finishes_the_tick_in_hand_when_it_is_told_to_end(installation: Installation) -> None:
    sync_every_minute(installation)
    with subprocess.Popen(
        [sys.executable, "-c", TICK_THAT_WAITS],
        cwd=ROOT,
        env=installation.environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stderr
            while process.stderr.readline() != "in the middle\n":
                pass
            process.send_signal(signal.SIGTERM)
            wait_until(lambda: noted(process.pid), "the signal is taken")
            assert process.poll() is None
            assert statuses(installation) == []
            process.communicate("\n", timeout=60)
        finally:
            process.kill()
    assert process.returncode == 0
    wait_until(lambda: statuses(installation) == ["success"], "the run of that tick")


def noted(pid: int) -> bool:
    """No signal waits to be handled, and the process lives."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    pending = [line.split()[1] for line in lines if line.startswith(("SigPnd", "ShdPnd"))]
    return all(int(mask, 16) == 0 for mask in pending)


def test_it_refuses_a_second_one_and_takes_over_from_a_dead_one(installation: Installation) -> None:
    with installation.started("scheduler") as first:
        wait_for_a_call(installation)
        code, _, said = installation.call("scheduler")
        assert (code, "running already" in said) == (2, True)
        assert first.poll() is None
        first.kill()
        first.wait(30)
        with installation.started("scheduler") as second:
            wait_for_a_call(installation)
            ended(second)


def test_it_goes_on_when_the_database_was_locked(installation: Installation) -> None:
    installation.environ["HAMGAM_BUSY_TIMEOUT_S"] = "0.2"
    file = str(installation.databases.control.file)
    with installation.started("scheduler") as process:
        wait_for_a_call(installation)
        with closing(library().connect(file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            said = line_with(process, "in vain")
            other.execute("ROLLBACK")
        wait_for_a_call(installation)
        ended(process)
    assert "locked" in said


def test_it_goes_on_when_the_database_was_away(installation: Installation) -> None:
    sync_every_minute(installation, due=False)
    assert installation.call("sync", "faculty")[0] == 0  # so that the data tells of a control
    file = installation.databases.control.file
    assert file is not None
    with installation.started("scheduler") as process:
        wait_for_a_call(installation)
        installation.databases.dispose()
        away = file.with_name("away.db")
        for end in ("", "-wal", "-shm"):
            if Path(f"{file}{end}").exists():
                Path(f"{file}{end}").rename(f"{away}{end}")
        line_with(process, "in vain")
        assert process.poll() is None
        for end in ("", "-wal", "-shm"):
            if Path(f"{away}{end}").exists():
                Path(f"{away}{end}").rename(f"{file}{end}")
        wait_for_a_call(installation)
        ended(process)


def line_with(process: "subprocess.Popen[str]", words: str) -> str:
    """Reads what it says until it says this."""
    assert process.stderr
    for line in process.stderr:
        if words in line:
            return str(line)
    raise AssertionError(f"It ended without saying {words!r}.")


def test_it_hands_no_lock_to_what_it_starts(
    installation: Installation, gateway: GatewayProcess
) -> None:
    gateway.control(SLOW)
    sync_every_minute(installation)
    with installation.started("scheduler") as first:
        wait_until(lambda: statuses(installation) == ["running"], "a run goes on")
        ended(first)
    with installation.started("scheduler") as second:
        wait_for_a_call(installation)
        ended(second)


def test_it_uses_little_when_nothing_is_due(installation: Installation) -> None:
    with installation.started("scheduler") as process:
        wait_for_a_call(installation)
        assert len(psutil.Process(process.pid).children(recursive=True)) == 0
        ended(process)


def test_it_knows_a_turn_that_a_clock_set_back_has_lost() -> None:
    now, every = datetime(2026, 11, 24, 3, 0, tzinfo=UTC), timedelta(minutes=1)
    assert not is_lost(now + every, now, every)
    assert not is_lost(now - every, now, every)
    assert is_lost(now + timedelta(hours=1), now, every)


def test_it_says_which_setting_is_wrong(installation: Installation) -> None:
    installation.environ["HAMGAM_TICK_EVERY_S"] = "never"
    code, _, said = installation.call("scheduler")
    assert (code, "HAMGAM_TICK_EVERY_S" in said) == (2, True)
