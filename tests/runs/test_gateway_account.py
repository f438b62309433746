"""An account from the screen in real runs: used however a run begins, sent to no other host."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from sync_core.access.keys import VAULT
from sync_core.access.permissions import ADMIN, OPERATOR, Actor
from sync_core.base.clock import utc_now
from sync_core.engine.source import Choice
from sync_core.ops.gateway_account import forget_gateway_password, read_gateway, save_gateway
from sync_core.runs.lifecycle import Request
from sync_core.runs.start import claim_run
from sync_core.schedule.plans import read_schedules, save_schedule
from sync_core.store import schedules
from sync_core.store.control import Setting
from tests.engine.gateway_process import GatewayProcess, running_gateway
from tests.engine.oracle import expected_faculty
from tests.engine.raw_server import RawServer, raw_server, token
from tests.runs.installation import ROOT, Installation, wait_until

KARIMI = Actor("karimi", ADMIN, 1)
OURS = ("HAMGAM_GATEWAY_URL", "HAMGAM_GATEWAY_USER", "HAMGAM_GATEWAY_PASSWORD")


@pytest.fixture(scope="module")
def shared_gateway() -> Iterator[GatewayProcess]:
    with running_gateway(faculty=40, students=10, campuses=1) as gateway:
        yield gateway


@pytest.fixture
def gateway(shared_gateway: GatewayProcess) -> Iterator[GatewayProcess]:
    yield shared_gateway
    shared_gateway.reset()


@pytest.fixture
def other() -> Iterator[RawServer]:
    """A host that would take any password; what it hears, even a connection, is on record."""
    with raw_server(lambda _: token("any")) as server:
        yield server


@pytest.fixture
def installation(gateway: GatewayProcess) -> Iterator[Installation]:
    """Its environment says nothing of the gateway; the account stands in the database."""
    made = Installation(dict.fromkeys(OURS, ""))
    assert made.call("init")[0] == 0
    enter(made, gateway.url, gateway)
    yield made
    made.databases.dispose()


def enter(installation: Installation, url: str, gateway: GatewayProcess) -> None:
    """As the settings page saves it."""
    settings, databases = installation.settings, installation.databases
    save_gateway(
        settings,
        databases,
        KARIMI,
        url=url,
        user=gateway.user,
        password=gateway.password,
        expected_updated_at=read_gateway(settings, databases, KARIMI).updated_at,
    )


def point_at(installation: Installation, url: str) -> None:
    """Somebody changes the address in the database, past every use-case."""
    with installation.databases.control.write() as session:
        session.execute(update(Setting).where(Setting.key == "gateway_url").values(value=url))


def with_environment(installation: Installation, **environ: str) -> Installation:
    return Installation({**installation.environ, **environ})


def ended(installation: Installation) -> dict[str, Any]:
    def row() -> dict[str, Any]:
        return installation.rows("SELECT * FROM sync_runs ORDER BY id DESC", control=True)[0]

    wait_until(lambda: row()["finished_at"], "the run's end")
    return row()


def claimed(installation: Installation) -> int:
    request = Request(by=Actor("rahimi", OPERATOR, 2), trigger="manual", choice=Choice())
    return claim_run(installation.settings, installation.databases, "faculty", request).id


def members(installation: Installation) -> int:
    return len(installation.rows("SELECT nationalcode FROM faculty"))


def make_due(installation: Installation) -> None:
    databases = installation.databases
    save_schedule(
        databases, KARIMI, "faculty", enabled=True, interval_value=1, interval_unit="hours"
    )
    [seen] = [row for row in read_schedules(databases, KARIMI) if row.source == "faculty"]
    with databases.control.write() as session:
        assert schedules.claim_slot(session, seen, next_due_at=utc_now(), fired_at=None)


def test_it_syncs_in_the_foreground(installation: Installation, gateway: GatewayProcess) -> None:
    code, report, _ = installation.call("sync", "faculty", "--json")
    assert (code, report["status"]) == (0, "success")
    assert members(installation) == len(expected_faculty(gateway.world))
    [row] = installation.rows(
        "SELECT api_base_url FROM data_syncs WHERE data_source = 'faculty'", control=True
    )
    assert row["api_base_url"] == gateway.url


def test_it_syncs_in_the_background(installation: Installation, gateway: GatewayProcess) -> None:
    assert installation.call("start", "faculty")[0] == 0
    assert ended(installation)["status"] == "success"
    assert members(installation) == len(expected_faculty(gateway.world))


def test_it_syncs_by_the_schedule(installation: Installation, gateway: GatewayProcess) -> None:
    make_due(installation)
    assert installation.call("tick")[0] == 0
    run = ended(installation)
    assert (run["status"], run["trigger"]) == ("success", "schedule")
    assert members(installation) == len(expected_faculty(gateway.world))


@pytest.mark.parametrize("how", [(), ("--background",)], ids=["here", "background"])
def test_it_runs_again_what_a_refused_login_left(
    installation: Installation, gateway: GatewayProcess, how: tuple[str, ...]
) -> None:
    gateway.control({"refuse_login": True})
    failed = installation.call("sync", "faculty", "--json")[1]
    assert failed["error_class"] == "auth"
    gateway.reset()
    assert installation.call("retry", str(failed["run_id"]), *how)[0] == 0
    assert ended(installation)["status"] == "success"


def test_it_syncs_when_a_source_is_started_by_hand(
    installation: Installation, gateway: GatewayProcess
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "fetch_data.faculty_main"],
        cwd=ROOT,
        env=installation.environ,
        capture_output=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert members(installation) == len(expected_faculty(gateway.world))


def test_it_uses_what_was_saved_after_a_run_was_claimed(
    installation: Installation, gateway: GatewayProcess, other: RawServer
) -> None:
    enter(installation, other.url, gateway)
    run_id = claimed(installation)
    enter(installation, gateway.url, gateway)
    installation.call("supervise", str(run_id))
    assert ended(installation)["status"] == "success"
    assert other.lines == 0


def test_it_passes_over_a_password_file_that_is_empty(
    installation: Installation, tmp_path: Path
) -> None:
    file = tmp_path / "empty"
    file.write_text("\n", encoding="utf-8")
    here = with_environment(installation, HAMGAM_GATEWAY_PASSWORD_FILE=str(file))
    assert here.call("sync", "faculty", "--json")[1]["status"] == "success"
    here.databases.dispose()


def test_the_doctor_logs_in_with_it(installation: Installation) -> None:
    _, findings, _ = installation.call("doctor", "--json")
    states = {found["name"]: found["state"] for found in findings}
    of_gateway = {name: state for name, state in states.items() if name.startswith("gateway")}
    assert len(of_gateway) > 1
    assert set(of_gateway.values()) == {"ok"}


@pytest.mark.parametrize("command", [("sync", "faculty"), ("start", "faculty"), ("doctor",)])
def test_it_asks_nothing_of_a_host_that_the_password_is_not_for(
    installation: Installation, other: RawServer, command: tuple[str, ...]
) -> None:
    point_at(installation, other.url)
    code, told, errors = installation.call(*command, "--json")
    assert code == (1 if command == ("doctor",) else 2)
    assert "entered for" in f"{told} {errors}"
    assert other.lines == 0
    assert installation.rows("SELECT id FROM sync_runs", control=True) == []


def test_it_asks_nothing_of_a_host_that_the_environment_names_for_a_stored_password(
    installation: Installation, other: RawServer
) -> None:
    here = with_environment(installation, HAMGAM_GATEWAY_URL=other.url)
    code, _, errors = here.call("sync", "faculty")
    assert (code, "entered for" in errors) == (2, True)
    assert other.lines == 0
    here.databases.dispose()


def test_it_asks_nothing_of_another_host_when_the_schedule_comes(
    installation: Installation, other: RawServer
) -> None:
    make_due(installation)
    point_at(installation, other.url)
    assert installation.call("tick")[0] == 2
    run = ended(installation)
    assert (run["status"], run["error_class"]) == ("failed", "config")
    assert "entered for" in run["error_message"]
    assert other.lines == 0


def test_it_asks_nothing_of_a_host_that_came_in_after_the_claim(
    installation: Installation, other: RawServer
) -> None:
    run_id = claimed(installation)
    point_at(installation, other.url)
    assert installation.call("supervise", str(run_id))[0] == 2
    run = ended(installation)
    assert (run["status"], run["error_class"]) == ("failed", "config")
    assert "settings page" in run["error_message"]
    assert other.lines == 0


@pytest.mark.parametrize("lost", ["password", "key"])
def test_it_says_what_to_do_when_the_password_is_gone_at_the_start_of_the_child(
    installation: Installation, gateway: GatewayProcess, lost: str
) -> None:
    run_id = claimed(installation)
    if lost == "key":
        (installation.settings.home / "keys" / VAULT).unlink()
    else:
        seen = read_gateway(installation.settings, installation.databases, KARIMI).updated_at
        forget_gateway_password(installation.databases, KARIMI, expected_updated_at=seen)
    installation.call("supervise", str(run_id))
    run = ended(installation)
    assert (run["status"], run["error_class"]) == ("failed", "config")
    assert "settings page" in run["error_message"]
    assert gateway.stats()["logins"] == 0


def test_it_sends_a_password_of_the_environment_to_no_host_of_the_screen(
    installation: Installation, gateway: GatewayProcess, other: RawServer
) -> None:
    enter(installation, other.url, gateway)
    here = with_environment(installation, HAMGAM_GATEWAY_PASSWORD=gateway.password)
    code, _, errors = here.call("sync", "faculty")
    assert (code, "HAMGAM_GATEWAY_URL" in errors) == (2, True)
    here.databases.dispose()

    whole = with_environment(installation, **gateway.environ)
    assert whole.call("sync", "faculty", "--json")[1]["status"] == "success"
    assert other.lines == 0
    whole.databases.dispose()


def test_it_names_the_lost_database_when_the_account_was_in_it(installation: Installation) -> None:
    """Not a setting that nobody forgot to make."""
    assert installation.call("sync", "faculty", "--json")[1]["status"] == "success"
    installation.databases.dispose()
    home = installation.settings.home
    for end in ("", "-wal", "-shm"):
        (home / f"hamgam.db{end}").unlink(missing_ok=True)
    code, _, errors = installation.call("sync", "faculty")
    assert code == 1
    assert "1 run is on record" in errors
