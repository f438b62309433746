"""`retry`: what a run left open is run again, and what its guards refused only with a reason."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sync_core.cli.main import main
from tests.engine.gateway_process import GatewayProcess, running_gateway
from tests.engine.oracle import expected_faculty
from tests.runs.installation import Installation

LEAVING = 40
WHY = "Forty left in the autumn; the gateway's team says so."


@pytest.fixture(scope="module")
def shared_gateway() -> Iterator[GatewayProcess]:
    with running_gateway(faculty=120, students=60, campuses=2, flaws=False) as gateway:
        yield gateway


class Cli:
    """Commands in this process, so that only the children cost an interpreter."""

    def __init__(self, output: pytest.CaptureFixture[str]) -> None:
        self._output = output
        self.here = Installation({})

    def __call__(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        code = main([*arguments, "--json"])
        return code, json.loads(self._output.readouterr().out.splitlines()[-1])


@pytest.fixture
def gateway(
    shared_gateway: GatewayProcess, monkeypatch: pytest.MonkeyPatch
) -> Iterator[GatewayProcess]:
    plan = {"HAMGAM_CAMPUSES": "1110,1120", "HAMGAM_TERMS": "4051,4043"}
    for name, value in {**shared_gateway.environ, **plan}.items():
        monkeypatch.setenv(name, value)
    yield shared_gateway
    shared_gateway.reset()


@pytest.fixture
def cli(gateway: GatewayProcess, capsys: pytest.CaptureFixture[str]) -> Iterator[Cli]:
    made = Cli(capsys)
    yield made
    made.here.databases.dispose()


@pytest.fixture
def shrunk(cli: Cli, gateway: GatewayProcess) -> int:
    """A run that was refused: a third of the faculty was reported no more."""
    assert cli("sync", "faculty")[0] == 0
    gone = sorted(expected_faculty(gateway.world))[:LEAVING]
    gateway.control({"withdraw": {"nationalcode": gone}})
    code, report = cli("sync", "faculty")
    assert (code, report["error_class"]) == (1, "shrink")
    assert "had 120 people and sent 80" in report["error_message"]
    assert f"retry {report['run_id']} --accept-shrink" in report["error_message"]
    return int(report["run_id"])


def reported(cli: Cli) -> set[str]:
    rows = cli.here.rows("SELECT nationalcode FROM faculty WHERE missing_since IS NULL")
    return {row["nationalcode"] for row in rows}


def test_it_refuses_again_without_consent(cli: Cli, shrunk: int) -> None:
    code, report = cli("retry", str(shrunk))

    assert (code, report["error_class"]) == (1, "shrink")
    assert len(reported(cli)) == 120


def test_it_makes_what_was_accepted_the_new_baseline(
    cli: Cli, gateway: GatewayProcess, shrunk: int
) -> None:
    code, report = cli("retry", str(shrunk), "--accept-shrink", "--reason", WHY)

    assert (code, report["status"], report["missing"]) == (0, "success", LEAVING)
    assert reported(cli) == set(expected_faculty(gateway.world))
    row = cli.here.run_row(report["run_id"])
    assert row["trigger"] == "retry"
    told = cli.here.rows("SELECT detail FROM access_logs", control=True)
    assert [each["detail"] for each in told if WHY in (each["detail"] or "")] == [
        f"faculty, full, accepts shrink of run {shrunk}: {WHY}"
    ]
    assert cli("sync", "faculty")[0] == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--accept-shrink"], "needs a reason"),
        (["--accept-shrink", "--reason", "  "], "needs a reason"),
        (["--accept-shrink", "--reason", "x" * 301], "needs a reason"),
        (["--accept-rejects", "--reason", WHY], "refused nothing"),
    ],
)
def test_it_accepts_nothing_without_a_reason_or_without_a_refusal(
    cli: Cli, shrunk: int, options: list[str], words: str
) -> None:
    code, error = cli("retry", str(shrunk), *options)

    assert (code, error["error"]) == (2, "config")
    assert words in error["message"]
    assert len(reported(cli)) == 120


def test_it_retries_only_runs_that_failed(cli: Cli) -> None:
    _, report = cli("sync", "faculty")

    assert cli("retry", str(report["run_id"]))[0] == 2
    assert cli("retry", "999")[0] == 2


def test_it_fetches_only_what_failed(cli: Cli, gateway: GatewayProcess) -> None:
    gateway.control({"fail": [{"campus": "1120", "term": "4051", "status": 403}]})
    code, failed = cli("sync", "students")
    assert (code, failed["error_class"]) == (1, "partial")
    gateway.control({"fail": [], "reset_stats": True})

    code, report = cli("retry", str(failed["run_id"]))

    assert (code, report["mode"], report["units_total"]) == (0, "failed", 1)
    assert list(gateway.stats()["units"]) == ["4051/1120"]
