"""Settings of the page in real runs: every run goes by them, however it begins, and keeps them."""

import json
from collections.abc import Iterator

import pytest

from sync_core.access.permissions import ADMIN, Actor
from sync_core.base.clock import utc_now
from sync_core.ops.stored import read_section, save_section
from sync_core.store import stored_settings
from tests.engine.gateway_process import GatewayProcess, running_gateway
from tests.runs.installation import Installation, wait_until

KARIMI = Actor("karimi", ADMIN, 1)


@pytest.fixture(scope="module")
def gateway() -> Iterator[GatewayProcess]:
    with running_gateway(faculty=20, students=60, campuses=2) as gateway:
        yield gateway


@pytest.fixture
def installation(gateway: GatewayProcess) -> Iterator[Installation]:
    made = Installation({**gateway.environ, "HAMGAM_CAMPUSES": "1110,1120"})
    assert made.call("init")[0] == 0
    yield made
    made.databases.dispose()


def store(installation: Installation, section: str, **given: str) -> None:
    settings, databases = installation.settings, installation.databases
    seen = read_section(settings, databases, KARIMI, section).updated_at
    save_section(settings, databases, KARIMI, section, given, expected_updated_at=seen)


def kept(installation: Installation, run_id: int) -> dict[str, object]:
    rows = installation.rows(
        f"SELECT settings FROM sync_runs WHERE id = {run_id}",
        control=True,
    )
    found: dict[str, object] = json.loads(rows[0]["settings"])
    return found


def status(installation: Installation, query: str) -> str:
    return str(installation.rows(query, control=True)[0]["status"])


def test_it_syncs_the_terms_that_are_stored(installation: Installation) -> None:
    store(installation, "plan", terms="4041,4042")
    store(installation, "limits", page_size="500", shrink_percent="35")
    code, report, _ = installation.call("sync", "students", "--json")
    assert (code, report["units_total"]) == (0, 4)
    used = kept(installation, report["run_id"])
    assert (used["terms"], used["page_size"]) == (["4041", "4042"], 500)
    assert used["shrink_percent"] == 35


def test_it_starts_in_the_background_by_what_is_stored(installation: Installation) -> None:
    store(installation, "plan", terms="4041")
    code, started, _ = installation.call("start", "students", "--json")
    assert code == 0
    query = f"SELECT status, units_total FROM sync_runs WHERE id = {started['run_id']}"
    wait_until(lambda: status(installation, query) == "success", "its end")
    assert installation.rows(query, control=True)[0]["units_total"] == 2


def test_it_ends_a_run_that_passes_the_stored_time_limit(installation: Installation) -> None:
    store(installation, "limits", time_limit_s="0.01")
    code, report, _ = installation.call("sync", "faculty", "--json")
    assert (code, report["error_class"]) == (1, "timeout")
    assert "0.01" in report["error_message"]


def test_it_goes_by_the_environment_where_that_sets_it(installation: Installation) -> None:
    store(installation, "plan", terms="4041")
    installation.environ["HAMGAM_TERMS"] = "4042,4043"
    code, report, _ = installation.call("sync", "students", "--json")
    assert (code, report["units_total"]) == (0, 4)
    assert kept(installation, report["run_id"])["terms"] == ["4042", "4043"]


def test_it_starts_nothing_by_a_stored_value_that_is_wrong(installation: Installation) -> None:
    with installation.databases.control.write() as session:
        row = {"concurrency": "1000"}
        stored_settings.put_settings(session, row, {}, at=utc_now(), by="somebody")
    code, report, said = installation.call("sync", "faculty", "--json")
    assert (code, report["error"]) == (2, "config")
    assert "HAMGAM_CONCURRENCY" in said
    assert "settings page" in said
    code, findings, _ = installation.call("doctor", "--json")
    assert any("HAMGAM_CONCURRENCY" in one["detail"] for one in findings)
