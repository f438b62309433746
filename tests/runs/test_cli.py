"""The command line as programs use it: exit codes, the last line, and what stays untouched."""

import io
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sync_core.base.settings import load
from sync_core.cli.main import main
from sync_core.engine.source import Choice, find_source
from sync_core.runs import lifecycle
from sync_core.runs.lifecycle import Request
from sync_core.store.control import FAILED
from sync_core.store.engines import open_databases
from sync_core.store.migrate import prepare
from tests import seed
from tests.engine.gateway_process import ROOT, GatewayProcess, running_gateway

RUN_KEYS = (
    "run_id,source,status,error_class,error_message,mode,units_total,units_done,units_failed,"
    "fetched,inserted,updated,unchanged,stale,duplicates,rejected,missing,duration_s"
)
PRIVATE = "0012345678 is somebody's number"
Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def shared_gateway() -> Iterator[GatewayProcess]:
    with running_gateway(faculty=12, students=20, campuses=2, flaws=False) as process:
        yield process


@pytest.fixture
def gateway(shared_gateway: GatewayProcess, monkeypatch: pytest.MonkeyPatch) -> GatewayProcess:
    shared_gateway.reset()
    for name, value in shared_gateway.environ.items():
        monkeypatch.setenv(name, value)
    return shared_gateway


@pytest.fixture
def no_gateway(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of a gateway that nobody is asked for."""
    monkeypatch.setenv("HAMGAM_GATEWAY_URL", f"http://127.0.0.1:{closed_port()}")
    monkeypatch.setenv("HAMGAM_GATEWAY_USER", "tester")
    monkeypatch.setenv("HAMGAM_GATEWAY_PASSWORD", "never-sent")


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def said(capsys: Capture) -> tuple[Any, str]:
    """The JSON value in the last line of stdout, and stderr."""
    captured = capsys.readouterr()
    return json.loads(captured.out.splitlines()[-1]), captured.err


def called(capsys: Capture, *arguments: str) -> tuple[int, Any]:
    code = main([*arguments, "--json"])
    return code, said(capsys)[0]


def files() -> list[Path]:
    """What stands in the test's own folder, whatever the settings say."""
    return sorted(path for path in Path(os.environ["HAMGAM_HOME"]).rglob("*") if path.is_file())


def make_databases() -> None:
    databases = open_databases(load())
    prepare(load(), databases)
    databases.dispose()


def test_it_reports_a_finished_run_as_the_last_line(
    gateway: GatewayProcess, capsys: Capture
) -> None:
    code, report = called(capsys, "sync", "faculty")

    assert (code, report["status"], report["inserted"]) == (0, "success", 12)
    assert ",".join(report) == RUN_KEYS
    code, (row, *_) = called(capsys, "status")
    assert (code, row["status"], row["records_synced"]) == (0, "success", 12)
    code, shown = called(capsys, "show", str(report["run_id"]))
    assert [unit["unit"] for unit in shown["units"]] == ["all"]
    code, log = called(capsys, "logs", str(report["run_id"]))
    assert any("unit_done" in line for line in log["lines"])
    assert gateway.password not in "\n".join(log["lines"])


def test_it_leaves_rows_and_counts_alone_when_the_login_is_refused(
    gateway: GatewayProcess, capsys: Capture
) -> None:
    called(capsys, "sync", "faculty")
    gateway.control({"refuse_login": True, "reset_stats": True})
    code, report = called(capsys, "sync", "faculty")

    assert (code, report["status"], report["error_class"]) == (1, "failed", "auth")
    assert report["fetched"] == report["unchanged"] == 0
    assert 1 <= gateway.stats()["refused_logins"] <= 2
    _, (row, *_) = called(capsys, "status")
    assert (row["status"], row["records_synced"]) == ("failed", 12)


def test_it_says_payload_when_the_gateway_answers_with_a_page(
    gateway: GatewayProcess, capsys: Capture
) -> None:
    gateway.control({"html": True})
    code, report = called(capsys, "sync", "faculty")
    assert (code, report["status"], report["error_class"]) == (1, "failed", "payload")


@pytest.mark.usefixtures("no_gateway")
def test_it_says_network_when_nobody_listens(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HAMGAM_LOGIN_TIMEOUT_S", "1")
    code, report = called(capsys, "sync", "faculty")
    assert (code, report["status"], report["error_class"]) == (1, "failed", "network")


@pytest.mark.usefixtures("no_gateway")
@pytest.mark.parametrize("command", ["sync", "start"])
def test_it_names_the_active_run_when_the_source_is_busy(capsys: Capture, command: str) -> None:
    settings = load()
    databases = open_databases(settings)
    prepare(settings, databases)
    request = Request(by=seed.KARIMI, trigger="manual", choice=Choice())
    active = lifecycle.claim(settings, databases, find_source(settings, "faculty"), request)
    databases.dispose()

    code = main([command, "faculty", "--json"])
    answer, words = said(capsys)

    assert code == 3
    assert (answer["error"], answer["run_id"], answer["source"]) == ("busy", active.id, "faculty")
    assert "karimi" in words


@pytest.mark.usefixtures("no_gateway")
@pytest.mark.parametrize("command", ["sync", "start"])
def test_it_names_the_known_sources_when_one_is_unknown(capsys: Capture, command: str) -> None:
    code = main([command, "nobody", "--json"])
    answer, words = said(capsys)

    assert (code, answer["error"]) == (2, "config")
    assert "faculty, students" in answer["hint"]
    assert "faculty, students" in words
    assert files() == []


@pytest.mark.usefixtures("no_gateway")
@pytest.mark.parametrize(
    ("key", "value", "right"),
    [
        ("HAMGAM_GATEWAY_URL", "", "https://api.example.ac.ir"),
        ("HAMGAM_GATEWAY_URL", "ftp://host", "https://api.example.ac.ir"),
        ("HAMGAM_GATEWAY_USER", "", "user name"),
        ("HAMGAM_GATEWAY_PASSWORD", "", "password"),
        ("HAMGAM_PAGE_SIZE", "many", "whole number"),
        ("HAMGAM_CONCURRENCY", "0", "from 1 to 64"),
        ("HAMGAM_TERMS", "40", "4041"),
        ("HAMGAM_DATABASE_URL", "mysql://x", "sqlite:///"),
        ("HAMGAM_SOURCES", "no.such_module", "modules"),
    ],
)
def test_it_names_the_setting_that_is_wrong_and_changes_nothing(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, key: str, value: str, right: str
) -> None:
    before = files()
    monkeypatch.setenv(key, value)
    code = main(["sync", "faculty", "--json"])
    answer, words = said(capsys)

    assert (code, answer["error"]) == (2, "config")
    assert key in answer["message"]
    assert key in words
    assert right in answer["hint"]
    assert files() == before == []


@pytest.mark.usefixtures("no_gateway")
def test_it_starts_nothing_when_the_plan_is_empty(capsys: Capture) -> None:
    code, answer = called(capsys, "sync", "students")  # no campus was imported
    assert (code, answer["error"]) == (2, "config")
    assert called(capsys, "runs") == (0, [])


@pytest.mark.parametrize(
    "arguments",
    [
        ["bogus"],
        ["sync"],
        ["sync", "students", "--mode", "some"],
        ["sync", "students", "--campus", "11a0"],
        ["sync", "students", "--term", "4044"],
        ["show", "0"],
        ["show", "7"],
        ["cancel", "7"],
        ["logs", "7"],
        ["user", "add", "karimi", "--role", "king"],
        ["schedule", "set", "faculty", "--every", "0"],
        ["campuses", "import", "/nowhere.csv"],
    ],
    ids=" ".join,
)
def test_it_ends_with_two_and_an_object_for_wrong_usage(
    capsys: Capture, arguments: list[str]
) -> None:
    code, answer = called(capsys, *arguments)
    assert (code, answer["error"]) == (2, "config")
    assert answer["message"]


@pytest.mark.parametrize("command", [["runs"], ["user", "list"], ["status"], ["schedule", "show"]])
def test_it_lists_nothing_on_a_fresh_installation(capsys: Capture, command: list[str]) -> None:
    assert called(capsys, *command) == (0, [])


def test_it_prepares_once_and_again(capsys: Capture) -> None:
    first, again = called(capsys, "init"), called(capsys, "init")
    assert first == again
    assert first[1]["sources"] == ["faculty", "students"]
    assert [row["source"] for row in called(capsys, "status")[1]] == ["faculty", "students"]


def test_it_says_where_but_not_what_when_something_unexpected_happens(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **_named: object) -> None:
        raise ZeroDivisionError(PRIVATE)

    monkeypatch.setattr("sync_core.cli.installation.prepare", broken)
    code = main(["status", "--json"])
    answer, words = said(capsys)

    assert (code, answer["error"]) == (1, "crashed")
    assert "ZeroDivisionError" in words
    assert "Traceback" not in words
    kept = (load().log_folder / "errors.log").read_text(encoding="utf-8")
    assert "broken" in kept
    assert PRIVATE not in kept + words


def test_it_takes_a_password_from_stdin_and_logs_in_with_it(tmp_path: Path) -> None:
    given = {"input": "a-long-enough-one\n", "capture_output": True, "text": True}
    add = ["user", "add", "karimi", "--role", "admin", "--password-stdin", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "sync_core", *add], cwd=ROOT, timeout=60, check=False, **given
    )
    assert (done.returncode, json.loads(done.stdout)["name"]) == (0, "karimi")
    assert "a-long-enough-one" not in done.stdout + done.stderr


def test_it_refuses_an_empty_password(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    code, answer = called(capsys, "user", "add", "karimi", "--password-stdin")
    assert (code, answer["error"]) == (2, "config")
    assert called(capsys, "user", "list") == (0, [])


def test_it_runs_a_source_that_is_started_by_its_path(gateway: GatewayProcess) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "fetch_data" / "faculty_main.py"), "--json"],
        cwd="/",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    report = json.loads(done.stdout.splitlines()[-1])
    assert (done.returncode, report["status"], report["inserted"]) == (0, "success", 12)


def test_it_imports_nothing_heavy_for_tick_and_status() -> None:
    make_databases()
    script = (
        "import sys; from sync_core.cli.main import main; main(['status']); main(['tick']);"
        "print(sorted({'requests', 'pandas', 'streamlit', 'alembic'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, timeout=60, check=True
    )
    assert done.stdout == b"[]\n"


@pytest.mark.usefixtures("gateway")
def test_it_finds_nothing_wrong_after_init(capsys: Capture) -> None:
    called(capsys, "init")
    code, findings = called(capsys, "doctor")
    assert [finding for finding in findings if finding["state"] == FAILED] == []
    assert code == 0
    names = {finding["name"] for finding in findings}
    assert {"sources", "gateway: login", "SQLite", "clock", "scheduler", "logs"} <= names


@pytest.mark.usefixtures("no_gateway")
def test_it_finds_what_is_missing_and_makes_nothing(capsys: Capture) -> None:
    code, findings = called(capsys, "doctor")
    broken = {finding["name"] for finding in findings if finding["state"] == FAILED}

    assert code == 1
    assert {"gateway: tcp", "control database", "data database", "logs"} <= broken
    assert all(finding["hint"] for finding in findings if finding["state"] == FAILED)
    assert files() == []


@pytest.mark.usefixtures("no_gateway")
def test_it_finds_a_database_that_is_no_database(capsys: Capture) -> None:
    called(capsys, "init")
    (load().home / "data.db").write_bytes(b"not a database, whatever its name says" * 200)
    code, findings = called(capsys, "doctor")
    assert code == 1
    states = {finding["name"]: finding["state"] for finding in findings}
    assert states["data database: whole"] == FAILED
    assert states["control database: whole"] == "ok"
