"""When a run is over although nobody has ended it: by its own clock, never by a jump of the wall's.

The rows are made up; only processes of the test's own are looked at, and killed.
"""

import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import psutil
import pytest

from sync_core.base.clock import monotonic_s, utc_now
from sync_core.base.errors import LostFence
from sync_core.base.settings import Settings, load
from sync_core.runs import process, reaper, run_clock
from sync_core.runs.reaper import reap, why_over
from sync_core.store.control import RUNNING, Run
from sync_core.store.engines import Databases
from sync_core.store.fence import check_fence, raise_fence
from tests import seed
from tests.runs.installation import lives, wait_until

HOUR = timedelta(hours=1)


@pytest.fixture
def settings() -> Settings:
    return load()


@pytest.fixture
def databases(settings: Settings) -> Iterator[Databases]:
    opened = seed.prepared(settings)
    yield opened
    opened.dispose()


def running(**changes: Any) -> Run:
    """A run of this very process that began ten minutes ago and was renewed five seconds ago."""
    me, begun = process.identity(), utc_now() - timedelta(minutes=10)
    values = {
        "id": 7,
        "source": "faculty",
        "status": RUNNING,
        "created_at": begun,
        "started_at": begun,
        "clock_s": monotonic_s() - 600,
        "lease_until": begun + timedelta(seconds=655),
        "ends_by": begun + HOUR,
        "host": me.host,
        "boot_id": me.boot_id,
        "supervisor_pid": me.pid,
        "supervisor_started": me.started,
        "units_done": 3,
    }
    return Run(**{**values, **changes})


def jump(patch: pytest.MonkeyPatch, by: timedelta) -> None:
    """The wall clock is set; the steady one goes on."""

    def now() -> datetime:
        return utc_now() + by

    for module in (reaper, run_clock):
        patch.setattr(module, "utc_now", now)


def test_it_lets_a_run_go_on_whose_supervisor_lives(settings: Settings) -> None:
    assert why_over(settings, running()) is None


@pytest.mark.parametrize("by", [HOUR * 24, -HOUR * 24])
def test_it_lets_it_go_on_when_the_wall_clock_jumps(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, by: timedelta
) -> None:
    jump(monkeypatch, by)

    assert why_over(settings, running()) is None


@pytest.mark.parametrize("by", [timedelta(), HOUR * 24, -HOUR * 24])
def test_it_ends_one_whose_lease_is_over_whatever_the_wall_clock_shows(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, by: timedelta
) -> None:
    jump(monkeypatch, by)

    fault = why_over(settings, running(clock_s=monotonic_s() - 700))

    assert fault is not None
    assert fault.error_class == "crashed"
    assert "3 units were committed" in fault.message


def test_it_ends_one_of_another_host_by_the_wall_clock_alone(settings: Settings) -> None:
    elsewhere = {"host": "elsewhere", "clock_s": monotonic_s() - 10**6}

    assert why_over(settings, running(**elsewhere)) is None
    over = running(**elsewhere, lease_until=utc_now() - timedelta(seconds=1))
    assert why_over(settings, over) is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"supervisor_started": 1.0},  # the number was given to somebody else
        {"supervisor_pid": 2**22 - 7},
        {"boot_id": "another boot"},
    ],
)
def test_it_does_not_wait_for_the_lease_of_one_that_is_provably_dead(
    settings: Settings, changes: dict[str, Any]
) -> None:
    assert why_over(settings, running(**changes)) is not None


def test_it_ends_one_that_nobody_ended_at_its_time_limit(settings: Settings) -> None:
    late = running(ends_by=utc_now() - timedelta(seconds=30))

    fault = why_over(settings, late)

    assert fault is not None
    assert fault.error_class == "timeout"
    in_grace = running(ends_by=utc_now() - timedelta(seconds=5))
    assert why_over(settings, in_grace) is None


def test_it_ends_one_that_was_cancelled_and_goes_on(settings: Settings) -> None:
    def asked(seconds: float) -> Run:
        at = utc_now() - timedelta(seconds=seconds)
        return running(cancel_requested_at=at, cancel_requested_by="sara")

    fault = why_over(settings, asked(20))

    assert fault is not None
    assert (fault.error_class, fault.message) == ("cancelled", "Cancelled by sara.")
    assert why_over(settings, asked(10)) is None


@pytest.fixture
def stranger() -> Iterator["subprocess.Popen[bytes]"]:
    """The leader of a group of its own, as a supervisor is."""
    with subprocess.Popen(["/bin/sleep", "600"], start_new_session=True) as other:
        yield other
        other.kill()


@pytest.mark.parametrize(("began_s_before", "killed"), [(0, True), (1, False)])
def test_it_kills_a_supervisor_and_nobody_who_was_given_its_number(
    settings: Settings,
    databases: Databases,
    stranger: "subprocess.Popen[bytes]",
    began_s_before: float,
    killed: bool,
) -> None:
    who = process.identity(stranger.pid)
    run_id = seed.add_run(
        databases,
        "faculty",
        RUNNING,
        host=who.host,
        boot_id=who.boot_id,
        supervisor_pid=who.pid,
        supervisor_started=who.started - began_s_before,
        cancel_requested_at=utc_now() - HOUR,
        cancel_requested_by="sara",
    )

    assert reap(settings, databases) == [run_id]

    assert lives(stranger.pid) != killed


def test_it_shuts_out_whoever_it_cannot_kill(settings: Settings, databases: Databases) -> None:
    """A run on another host: its child may live on, and must commit nothing more."""
    run_id = seed.add_run(
        databases,
        "faculty",
        RUNNING,
        host="elsewhere",
        boot_id="unknown",
        supervisor_pid=1,
        supervisor_started=1.0,
        cancel_requested_at=utc_now() - HOUR,
        cancel_requested_by="sara",
    )
    with databases.data.write() as session:
        held = raise_fence(session, "faculty", run_id, utc_now())
        check_fence(session, held)

    assert reap(settings, databases) == [run_id]

    with databases.data.write() as session, pytest.raises(LostFence):
        check_fence(session, held)


def test_it_takes_a_zombie_for_dead(
    settings: Settings, stranger: "subprocess.Popen[bytes]"
) -> None:
    who = process.identity(stranger.pid)
    stranger.kill()
    wait_until(lambda: not lives(stranger.pid), "the stranger to die")

    run = running(supervisor_pid=who.pid, supervisor_started=who.started)

    assert psutil.pid_exists(who.pid)
    assert why_over(settings, run) is not None
