"""Processes that die, hang, multiply or cannot even begin: the run ends, and says why.

kill -9 and SIGSTOP at every place stand in `tests/crash`; children that lie in `tests/runs`.
"""

import sys
import time
from collections.abc import Callable

import pytest

from sync_core.access.permissions import command_line_actor
from sync_core.base.errors import SyncError
from sync_core.runs import process
from sync_core.runs.cancel import request_cancel
from tests.runs.hostile import Hostile
from tests.runs.installation import lives, wait_until

GRACE_S = 1.0


@pytest.fixture
def hostile(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Hostile:
    return Hostile(monkeypatch, capsys)


def grandchild_of(hostile: Hostile, run_id: int) -> int:
    log = hostile.log(run_id)
    wait_until(lambda: log.exists() and "unit=" in log.read_text(), "the grandchild to be named")
    return int(log.read_text().split("unit_started unit=")[1].split()[0])


def test_it_cancels_a_whole_family_that_ignores_sigterm(
    hostile: Hostile, figure: Callable[[str], None]
) -> None:
    hostile.set("HAMGAM_CANCEL_GRACE_S", str(GRACE_S))
    run_id = hostile.start("ignores_sigterm_with_a_family")
    grandchild = grandchild_of(hostile, run_id)
    child = hostile.installation.run_row(run_id)["child_pid"]

    asked = time.monotonic()
    request_cancel(hostile.installation.databases, command_line_actor(), run_id)
    wait_until(lambda: not (lives(child) or lives(grandchild)), "the end of the family")
    gone_s = time.monotonic() - asked
    wait_until(lambda: hostile.installation.run_row(run_id)["finished_at"], "the run's end")

    row = hostile.installation.run_row(run_id)
    assert (row["status"], row["error_class"]) == ("failed", "cancelled")
    assert row["error_message"] == f"Cancelled by {command_line_actor().name}."
    figure(f"cancel of who ignores SIGTERM: gone {gone_s:.1f} s after it, with {GRACE_S:g} s grace")


def test_it_ends_a_run_at_its_time_limit_although_it_advances(hostile: Hostile) -> None:
    hostile.set("HAMGAM_TIME_LIMIT_S", "2")

    report = hostile.sync("advances")

    assert (report["status"], report["error_class"]) == ("failed", "timeout")
    assert "time limit" in report["error_message"]


def test_it_says_that_a_child_was_killed_perhaps_for_lack_of_memory(hostile: Hostile) -> None:
    report = hostile.sync("out_of_memory")

    assert report["error_class"] == "crashed"
    assert "lack of memory" in report["error_message"]


def test_it_ends_the_run_when_no_supervisor_can_be_started(
    hostile: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(SyncError, match="could not be started"):
        hostile.start("text")

    row = hostile.row("SELECT status, error_class FROM sync_runs")
    assert row == {"status": "failed", "error_class": "crashed"}


def test_it_ends_the_run_when_no_child_can_be_started(
    hostile: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")

    report = hostile.sync("text")

    assert (report["status"], report["error_class"]) == ("failed", "crashed")


def test_it_never_kills_itself_or_a_process_of_another_boot() -> None:
    me = process.identity()

    process.kill_group(me)
    process.kill_group(process.Identity(me.host, "another boot", me.pid, me.started))

    assert lives(me.pid)
