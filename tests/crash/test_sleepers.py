"""Processes that are stopped, and wake when their lease is over: they commit nothing more."""

import os
import signal
from collections.abc import Iterator

import pytest

from sync_core.access.permissions import command_line_actor
from sync_core.base import failpoint
from sync_core.runs.cancel import request_cancel
from tests.crash import invariants
from tests.crash.stage import Stage, stage
from tests.runs.installation import lives, wait_until

pytestmark = pytest.mark.slow


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    with stage(monkeypatch, HAMGAM_LEASE_S="4") as made:
        made.change_people()
        yield made


def frozen(made: Stage, run_id: int) -> tuple[int, int]:
    """Supervisor and child, both stopped; the child inside the transaction of a unit."""
    wait_until(lambda: made.is_frozen(run_id), "the child to freeze")
    row = made.here.run_row(run_id)
    os.kill(row["supervisor_pid"], signal.SIGSTOP)
    return row["supervisor_pid"], row["child_pid"]


def wake(*pids: int) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGCONT)


def test_it_commits_nothing_after_it_slept_through_its_lease(made: Stage) -> None:
    """Nobody took over meanwhile: it finds out by itself."""
    made.arm(failpoint.BEFORE_COMMIT, "stop", 3)
    with made.here.started("sync", "students") as sync:
        made.disarm()
        run_id = made.newest_run()
        pids = frozen(made, run_id)
        done = made.units_done(run_id)
        made.sleep_through_the_lease()

        wake(*pids)

        assert sync.wait(60) == 1
    assert made.units_done(run_id) == done
    row = made.here.run_row(run_id)
    assert (row["status"], row["error_class"]) == ("failed", "crashed")
    invariants.check(made, run_id)


def test_it_finds_its_source_taken_when_it_wakes(made: Stage) -> None:
    made.arm(failpoint.AFTER_COMMIT, "stop", 3)
    run_id = made.start()
    made.disarm()
    supervisor, child = frozen(made, run_id)

    made.sweep_until_ended(run_id)

    assert not lives(supervisor)
    assert not lives(child)
    invariants.check(made, run_id)
    again = made.start()
    made.sweep_until_ended(again)
    invariants.check_whole(made, again)


def test_it_gives_up_when_only_the_child_slept(made: Stage) -> None:
    made.arm(failpoint.BEFORE_COMMIT, "stop", 2)
    run_id = made.start()
    made.disarm()
    wait_until(lambda: made.is_frozen(run_id), "the child to freeze")
    child = made.here.run_row(run_id)["child_pid"]
    done = made.units_done(run_id)
    made.sleep_through_the_lease()

    wake(child)

    made.sweep_until_ended(run_id)
    assert made.units_done(run_id) == done
    assert made.here.run_row(run_id)["error_class"] == "crashed"
    invariants.check(made, run_id)


def test_it_is_cancelled_also_when_its_supervisor_is_frozen(made: Stage) -> None:
    made.set("HAMGAM_LEASE_S", "600")
    made.arm(failpoint.BEFORE_COMMIT, "stop", 2)
    run_id = made.start()
    made.disarm()
    pids = frozen(made, run_id)
    request_cancel(made.here.databases, command_line_actor(), run_id)

    assert made.sweep_until_ended(run_id) < 20

    assert not any(map(lives, pids))
    row = made.here.run_row(run_id)
    assert (row["status"], row["error_class"]) == ("failed", "cancelled")
    assert row["cancel_requested_by"] in row["error_message"]
    invariants.check(made, run_id)
