"""A sync from the command line against a real gateway process: rows, counts, exit codes."""

import os
import signal
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from sync_core.store.data import FACULTY, STUDENTS
from tests.engine.gateway_process import GatewayProcess, running_gateway
from tests.engine.oracle import expected_faculty, expected_students
from tests.runs.installation import Installation, lives, wait_until

TERMS = ("4051", "4043", "4042", "4041")
CAMPUSES = ("1110", "1120", "1130")
REPORT = [
    "run_id",
    "source",
    "status",
    "error_class",
    "error_message",
    "mode",
    "units_total",
    "units_done",
    "units_failed",
    "fetched",
    "inserted",
    "updated",
    "unchanged",
    "stale",
    "duplicates",
    "rejected",
    "missing",
    "duration_s",
]
SLOW = {"latency_ms": 20_000}


@pytest.fixture(scope="module")
def one_gateway() -> Iterator[GatewayProcess]:
    with running_gateway(faculty=120, students=400, campuses=3, page_cap=40) as gateway:
        yield gateway


@pytest.fixture
def gateway(one_gateway: GatewayProcess) -> Iterator[GatewayProcess]:
    yield one_gateway
    one_gateway.reset()


@pytest.fixture
def installation(gateway: GatewayProcess) -> Iterator[Installation]:
    plan = {"HAMGAM_CAMPUSES": ",".join(CAMPUSES), "HAMGAM_TERMS": ",".join(TERMS)}
    installation = Installation({**gateway.environ, **plan})
    yield installation
    installation.databases.dispose()


def units() -> list[tuple[str, str]]:
    return list(product(TERMS, CAMPUSES))


def test_it_makes_the_students_table_equal_the_gateway(
    installation: Installation, gateway: GatewayProcess
) -> None:
    code, report, _ = installation.call("sync", "students", "--json")

    stored = installation.rows('SELECT * FROM "Students"')
    expected = expected_students(gateway.world, units())
    assert code == 0
    assert list(report) == REPORT
    assert {row["studentnum"]: {n: row[n] for n in STUDENTS} for row in stored} == expected
    assert report["status"] == "success"
    assert report["units_done"] == report["units_total"] == len(units())
    assert report["inserted"] == len(expected)
    assert report["fetched"] == sum(
        len(gateway.world.student_records(campus, term)) for term, campus in units()
    )


def test_it_makes_the_faculty_table_equal_the_gateway_twice(
    installation: Installation, gateway: GatewayProcess
) -> None:
    first_code, first, _ = installation.call("sync", "faculty", "--json")
    _, second, _ = installation.call("sync", "faculty", "--json")

    stored = installation.rows("SELECT * FROM faculty")
    names = [name for name in FACULTY if name != "province_code"]
    expected = expected_faculty(gateway.world)
    assert first_code == 0
    assert {row["nationalcode"]: {n: row[n] for n in names} for row in stored} == expected
    assert any(row["province_code"] is not None for row in stored)
    assert (first["inserted"], second["unchanged"]) == (len(expected), len(expected))
    assert second["inserted"] == second["updated"] == second["missing"] == 0


@pytest.mark.slow
def test_it_follows_the_gateway_when_people_change_and_leave(
    installation: Installation, gateway: GatewayProcess
) -> None:
    installation.call("sync", "students", "--json")
    leaver = sorted(expected_students(gateway.world, units()))[0]
    gateway.control({"revision": 3, "withdraw": {"studentnum": [leaver]}})

    _, report, _ = installation.call("sync", "students", "--json")

    expected = expected_students(gateway.world, units())
    reported = installation.rows('SELECT * FROM "Students" WHERE missing_since IS NULL')
    assert {row["studentnum"]: {n: row[n] for n in STUDENTS} for row in reported} == expected
    assert report["missing"] == 1
    assert report["updated"] > 0
    [row] = installation.rows("SELECT * FROM data_syncs WHERE data_source='students'", control=True)
    assert row["records_synced"] == len(expected)


@pytest.mark.slow
def test_it_is_network_when_the_gateway_is_not_there(installation: Installation) -> None:
    installation.environ["HAMGAM_GATEWAY_URL"] = "http://127.0.0.1:9"

    code, report, _ = installation.call("sync", "faculty", "--json")

    assert (code, report["error_class"]) == (1, "network")
    assert report["duration_s"] < 15


@pytest.mark.slow
def test_it_is_partial_when_one_campus_is_forbidden_and_green_after_mode_failed(
    installation: Installation, gateway: GatewayProcess
) -> None:
    gateway.control({"fail": [{"campus": "1120", "term": "4051", "status": 403, "times": None}]})
    code, report, _ = installation.call("sync", "students", "--json")
    gateway.control({"fail": []})

    _, repaired, _ = installation.call("sync", "students", "--mode", "failed", "--json")

    assert (code, report["status"], report["error_class"]) == (1, "failed", "partial")
    assert (report["units_failed"], report["units_done"]) == (1, len(units()) - 1)
    assert (repaired["status"], repaired["units_total"]) == ("success", 1)
    stored = installation.rows('SELECT * FROM "Students"')
    expected = expected_students(gateway.world, units())
    assert {row["studentnum"]: {n: row[n] for n in STUDENTS} for row in stored} == expected
    [row] = installation.rows("SELECT * FROM data_syncs WHERE data_source='students'", control=True)
    assert (row["status"], row["records_synced"]) == ("success", len(expected))


@pytest.mark.slow
def test_it_remembers_which_units_the_gateway_had_to_be_asked_for_again(
    installation: Installation, gateway: GatewayProcess
) -> None:
    gateway.control({"fail": [{"campus": "1120", "term": "4051", "status": 503, "times": 2}]})
    code, _, _ = installation.call("sync", "students", "--json")

    again = "SELECT unit, repeats FROM sync_run_units WHERE repeats > 0"
    assert (code, installation.rows(again, control=True)) == (
        0,
        [{"unit": "4051/1120", "repeats": 2}],
    )
    ledger = installation.rows("SELECT repeats FROM unit_runs ORDER BY repeats DESC LIMIT 2")
    assert [row["repeats"] for row in ledger] == [2, 0]


@pytest.mark.slow
def test_it_stays_failed_when_a_green_run_covered_only_another_unit(
    installation: Installation, gateway: GatewayProcess
) -> None:
    gateway.control({"fail": [{"campus": "1120", "term": "4051", "status": 403, "times": None}]})
    installation.call("sync", "students", "--json")

    code, report, _ = installation.call(
        "sync", "students", "--campus", "1110", "--term", "4051", "--json"
    )

    assert (code, report["status"], report["units_total"]) == (0, "success", 1)
    [row] = installation.rows("SELECT * FROM data_syncs WHERE data_source='students'", control=True)
    assert row["status"] == "failed"


@pytest.mark.slow
def test_it_refuses_a_second_start_and_cancels_the_first(
    installation: Installation, gateway: GatewayProcess
) -> None:
    gateway.control(SLOW)
    _, first, _ = installation.call("start", "students", "--json")
    wait_until(
        lambda: installation.run_row(first["run_id"])["child_pid"], "the child of the first run"
    )

    code, refused, said = installation.call("start", "students", "--json")
    installation.call("cancel", str(first["run_id"]), "--json")
    wait_until(lambda: installation.run_row(first["run_id"])["finished_at"], "the run's end")

    ended = installation.run_row(first["run_id"])
    assert (code, refused["run_id"]) == (3, first["run_id"])
    assert f"Run {first['run_id']}" in said
    assert (ended["status"], ended["error_class"]) == ("failed", "cancelled")
    wait_until(lambda: not lives(ended["child_pid"]), "the end of the child")


@pytest.mark.slow
def test_it_cancels_when_the_operator_presses_ctrl_c(
    installation: Installation, gateway: GatewayProcess
) -> None:
    gateway.control(SLOW)
    installation.call("init")
    with installation.started("sync", "students", "--json") as process:
        wait_until(lambda: _child_of_newest(installation), "the child of the run")
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)

    assert process.returncode == 1
    assert '"error_class": "cancelled"' in out
    wait_until(lambda: not lives(_child_of_newest(installation)), "the end of the child")


@pytest.mark.slow
def test_it_reaps_a_run_whose_supervisor_was_killed(
    installation: Installation, gateway: GatewayProcess
) -> None:
    gateway.control(SLOW)
    _, started, _ = installation.call("start", "students", "--json")
    wait_until(lambda: _child_of_newest(installation), "the child of the run")
    row = installation.run_row(started["run_id"])
    os.kill(row["supervisor_pid"], signal.SIGKILL)
    gateway.control({"latency_ms": 0})

    _, report, _ = installation.call("sync", "students", "--json")

    dead = installation.run_row(started["run_id"])
    assert (dead["status"], dead["error_class"]) == ("failed", "crashed")
    wait_until(lambda: not lives(row["child_pid"]), "the end of the child")
    assert report["status"] == "success"


def test_it_syncs_when_a_source_is_started_as_a_module(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = [sys.executable, "-m", "fetch_data.faculty_main"]
    monkeypatch.setattr(installation, "command", lambda *given: [*module, *given])

    code, report, _ = installation.call("--json")

    assert (code, report["source"], report["status"]) == (0, "faculty", "success")


@pytest.mark.slow
def test_it_leaves_no_secret_in_log_database_or_output(
    installation: Installation, gateway: GatewayProcess
) -> None:
    _, _, said = installation.call("sync", "students", "--json")
    gateway.control({"refuse_login": True})
    _, _, also_said = installation.call("sync", "students", "--json")

    places = [path for path in Path(installation.settings.home).rglob("*") if path.is_file()]
    assert any(path.suffix == ".log" for path in places)
    assert gateway.password not in said + also_said
    for path in places:
        assert gateway.password.encode() not in path.read_bytes(), path


def test_it_numbers_runs_anew_when_the_control_database_was_lost(
    installation: Installation,
) -> None:
    _, first, _ = installation.call("sync", "faculty", "--json")
    installation.databases.control.engine.dispose()
    for file in installation.settings.home.glob("hamgam.db*"):
        file.unlink()

    code, refused, _ = installation.call("sync", "faculty", "--json")
    assert (code, refused["error"]) == (1, "database")
    assert installation.call("init", "--anew")[0] == 0
    code, second, _ = installation.call("sync", "faculty", "--json")

    assert (code, second["status"]) == (0, "success")
    assert second["run_id"] > first["run_id"]
    assert (second["inserted"], second["unchanged"]) == (0, first["inserted"])


def test_it_shows_and_ends_runs_when_the_data_database_is_broken(
    installation: Installation,
) -> None:
    installation.call("init")
    (installation.settings.home / "data.db").write_bytes(b"this is no database" * 99)

    assert installation.call("tick", "--json")[0] == 0
    assert installation.call("status", "--json")[0] == 0
    code, refused, _ = installation.call("sync", "faculty", "--json")

    assert (code, refused["error"]) == (1, "database")


def _child_of_newest(installation: Installation) -> int:
    found = installation.rows("SELECT child_pid FROM sync_runs ORDER BY id DESC", control=True)
    return found[0]["child_pid"] if found else 0
