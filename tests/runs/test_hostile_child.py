"""Whatever a child does, its run ends: in time, in the right class, and never green unproven."""

import pytest

from tests.runs.hostile import Hostile
from tests.runs.hostile_source import PERSON
from tests.runs.installation import lives, wait_until


@pytest.fixture
def hostile(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Hostile:
    return Hostile(monkeypatch, capsys)


@pytest.mark.parametrize(
    "behaviour",
    ["silent", "only_summary", "empty_plan", "unproven", "wrong_types", "unknown_class"],
)
def test_it_is_never_green_without_proof(hostile: Hostile, behaviour: str) -> None:
    report = hostile.sync(behaviour)

    assert (report["status"], report["error_class"]) == ("failed", "crashed")
    assert 0 < len(report["error_message"]) <= 500
    state = hostile.row("SELECT status, records_synced FROM data_syncs")
    assert state == {"status": "failed", "records_synced": 0}


def test_it_counts_the_table_when_a_child_prints_only_text(hostile: Hostile) -> None:
    assert hostile.sync("text")["status"] == "success"

    row = hostile.row("SELECT counted, records FROM sync_runs")
    assert (bool(row["counted"]), row["records"]) == (True, 0)


@pytest.mark.parametrize("behaviour", ["closes_its_pipes", "ignores_sigterm", "repeats_itself"])
def test_it_ends_a_child_that_makes_no_progress(hostile: Hostile, behaviour: str) -> None:
    hostile.set("HAMGAM_STALL_LIMIT_S", "1")

    report = hostile.sync(behaviour)

    assert (report["status"], report["error_class"]) == ("failed", "timeout")
    assert not lives(hostile.row("SELECT child_pid FROM sync_runs")["child_pid"])


def test_it_ends_what_a_child_left_behind(hostile: Hostile) -> None:
    report = hostile.sync("leaves_a_grandchild")

    log = hostile.log(report["run_id"]).read_text(encoding="utf-8")
    grandchild = int(log.split("unit_started unit=")[1].split()[0])
    assert report["status"] == "failed"
    wait_until(lambda: not lives(grandchild), "the end of the grandchild")


def test_it_keeps_a_persons_data_out_of_the_message(hostile: Hostile) -> None:
    report = hostile.sync("traceback")

    assert report["error_class"] == "crashed"
    assert PERSON not in report["error_message"]


def test_it_reads_ten_megabytes_of_stderr_to_their_end(hostile: Hostile) -> None:
    assert hostile.sync("floods")["status"] == "success"


def test_it_ends_the_run_when_its_log_cannot_be_written(hostile: Hostile) -> None:
    first = hostile.sync("text")["run_id"]
    hostile.log(first + 1).symlink_to("/dev/full")

    assert hostile.sync("text")["status"] == "success"
