"""The rules that the test runs themselves keep, each tried with tests that break it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sync_core.base.settings import load
from tests.conftest import ROOT

SKIPS = "import pytest\ndef test_a():\n    pytest.skip('no browser')\n"
SKIPS_MODULE = "import pytest\npytest.skip('no browser', allow_module_level=True)\n"
FAILS_AS_EXPECTED = "import pytest\n@pytest.mark.xfail\ndef test_a():\n    assert False\n"
NOTHING = "def not_a_test():\n    pass\n"


def outcome(tmp_path: Path, body: str, ci: str) -> tuple[int, str]:
    (tmp_path / "test_planted.py").write_text(body)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    arguments = ["-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-p", "tests.conftest"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments, "-c", tmp_path / "pytest.ini", tmp_path],
        cwd=ROOT,
        env={**os.environ, "CI": ci},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize("body", [SKIPS, SKIPS_MODULE])
def test_it_fails_a_skip_when_in_ci(tmp_path: Path, body: str) -> None:
    code, output = outcome(tmp_path, body, ci="true")
    assert code in {1, 2}
    assert "counts as a failure in CI: Skipped: no browser" in output


def test_it_lets_a_skip_pass_when_not_in_ci(tmp_path: Path) -> None:
    code, output = outcome(tmp_path, SKIPS, ci="")
    assert (code, "1 skipped" in output) == (0, True)


def test_it_lets_an_expected_failure_pass_when_in_ci(tmp_path: Path) -> None:
    code, output = outcome(tmp_path, FAILS_AS_EXPECTED, ci="true")
    assert (code, "1 xfailed" in output) == (0, True)


def test_it_fails_when_there_is_no_test(tmp_path: Path) -> None:
    assert outcome(tmp_path, NOTHING, ci="true")[0] == 5


def test_it_points_every_database_into_the_tests_own_folder(tmp_path: Path) -> None:
    settings = load()
    assert settings.home == tmp_path
    assert settings.database_url == f"sqlite:///{tmp_path / 'hamgam.db'}"
    assert settings.data_url == f"sqlite:///{tmp_path / 'data.db'}"
    assert settings.gateway_url == ""
