"""Whatever a child does, its run ends: in time, in the right class, and never green unproven."""

import psutil
import pytest

from sync_core.base.errors import CLASSES
from tests.runs.hostile_source import PERSON
from tests.runs.installation import Installation

SHORT = {
    "HAMGAM_STALL_LIMIT_S": "1",
    "HAMGAM_CANCEL_GRACE_S": "0.5",
    "HAMGAM_LEASE_S": "20",
    "HAMGAM_HEARTBEAT_S": "1",
}


def ended(behaviour: str, **more: str) -> tuple[Installation, dict[str, object]]:
    """The installation and the run of a child that behaves so."""
    gateway = {
        "HAMGAM_GATEWAY_URL": "http://127.0.0.1:9",
        "HAMGAM_GATEWAY_USER": "nobody",
        "HAMGAM_GATEWAY_PASSWORD": "never-sent",
    }
    source = {"HAMGAM_SOURCES": "tests.runs.hostile_source", "HOSTILE": behaviour}
    installation = Installation({**gateway, **source, **SHORT, **more})
    _, report, _ = installation.call("sync", "hostile", "--json")
    return installation, report


@pytest.mark.parametrize(
    "behaviour",
    ["silent", "only_summary", "empty_plan", "unproven", "wrong_types", "unknown_class"],
)
def test_it_is_never_green_without_proof(behaviour: str) -> None:
    installation, report = ended(behaviour)

    assert (report["status"], report["error_class"]) == ("failed", "crashed")
    assert report["error_class"] in CLASSES
    assert 0 < len(str(report["error_message"])) <= 500
    [row] = installation.rows("SELECT status, records_synced FROM data_syncs", control=True)
    assert row == {"status": "failed", "records_synced": 0}


def test_it_counts_the_table_when_a_child_prints_only_text() -> None:
    installation, report = ended("text")

    assert report["status"] == "success"
    [row] = installation.rows("SELECT counted, records FROM sync_runs", control=True)
    assert (bool(row["counted"]), row["records"]) == (True, 0)


@pytest.mark.parametrize("behaviour", ["closes_its_pipes", "ignores_sigterm", "repeats_itself"])
def test_it_ends_a_child_that_makes_no_progress(behaviour: str) -> None:
    installation, report = ended(behaviour)

    assert (report["status"], report["error_class"]) == ("failed", "timeout")
    [row] = installation.rows("SELECT child_pid FROM sync_runs", control=True)
    assert not psutil.pid_exists(row["child_pid"])


def test_it_ends_what_a_child_left_behind() -> None:
    installation, report = ended("leaves_a_grandchild")

    log = (installation.settings.log_folder / "run-000001.log").read_text()
    grandchild = int(log.split("unit_started unit=")[1].split()[0])
    assert report["status"] == "failed"
    assert not psutil.pid_exists(grandchild) or psutil.Process(grandchild).status() == "zombie"


def test_it_keeps_a_persons_data_out_of_the_message() -> None:
    _, report = ended("traceback")

    assert report["error_class"] == "crashed"
    assert PERSON not in str(report["error_message"])


def test_it_reads_ten_megabytes_of_stderr_to_their_end() -> None:
    _, report = ended("floods")

    assert report["status"] == "success"


def test_it_ends_the_run_when_its_log_cannot_be_written() -> None:
    installation, _ = ended("text")
    (installation.settings.log_folder / "run-000002.log").symlink_to("/dev/full")

    _, report, _ = installation.call("sync", "hostile", "--json")

    assert report["status"] == "success"
