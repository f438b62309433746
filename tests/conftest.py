"""Gives every test its own databases, hides the developer's settings; refuses skips in CI."""

import os
import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from dotenv import dotenv_values

from sync_core.base import i18n, redact

ROOT = Path(__file__).resolve().parents[1]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest first: else the last file would run on alone."""
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    room = item.path.parent.name
    return {"schedule": 0, "crash": 0, "e2e": 1, "faults": 2, "runs": 3, "meta": 4}.get(room, 5)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    return _failed_if_skipped((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    return _failed_if_skipped((yield))


def _failed_if_skipped(report: Report) -> Report:
    """In CI everything that a test needs is there; an expected failure is not a skip."""
    in_ci = os.environ.get("CI", "").lower() in {"true", "1"}
    if in_ci and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"Skipped, which counts as a failure in CI: {_reason(report.longrepr)}"
    return report


def _reason(longrepr: object) -> str:
    return str(longrepr[2]) if isinstance(longrepr, tuple) else str(longrepr)


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Says a line about what was measured; the suite prints it at its end."""
    return lambda line: record_property("figure", line)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    said = [
        str(line)
        for report in terminalreporter.getreports("passed")
        for name, line in report.user_properties
        if name == "figure"
    ]
    if said:
        terminalreporter.section("figures")
        terminalreporter.write("".join(f"{line}\n" for line in sorted(said)))


@pytest.fixture(scope="session", autouse=True)
def no_settings_from_outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Also for fixtures that live longer than one test, and for their children."""
    with pytest.MonkeyPatch.context() as patch:
        _hide_settings(patch)
        _point_into(tmp_path_factory.mktemp("session"), patch)
        yield


@pytest.fixture(autouse=True)
def own_databases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _point_into(tmp_path, monkeypatch)


@pytest.fixture(autouse=True)
def own_look() -> Iterator[None]:
    """The language and the digits that a test has chosen are not the next one's."""
    yield
    i18n._chosen.clear()
    i18n.language.cache_clear()
    i18n.digits.cache_clear()


@pytest.fixture(autouse=True)
def own_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one test makes known as a secret is not hidden in what the next one reads."""
    monkeypatch.setattr(redact, "_lasting", redact._lasting.copy())
    monkeypatch.setattr(redact, "_fleeting", redact._fleeting.copy())
    monkeypatch.setattr(redact, "_wardrobe", redact._wardrobe)
    monkeypatch.setattr(redact, "_known", redact._known)


def _hide_settings(patch: pytest.MonkeyPatch) -> None:
    for key in [key for key in os.environ if key.startswith("HAMGAM_")]:
        patch.delenv(key)
    # An empty value in the environment hides the one in the file, for children as well.
    for key in dotenv_values(ROOT / ".env"):
        if key.startswith("HAMGAM_"):
            patch.setenv(key, "")


def _point_into(folder: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("HAMGAM_HOME", str(folder))
    patch.setenv("HAMGAM_DATABASE_URL", f"sqlite:///{folder / 'hamgam.db'}")
    patch.setenv("HAMGAM_DATA_URL", f"sqlite:///{folder / 'data.db'}")


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's path; TEST_CHROMIUM names one that is not on the PATH."""
    named = os.environ.get("TEST_CHROMIUM")
    found = named or next(filter(None, map(shutil.which, BROWSERS)), None)
    if not found:
        pytest.skip("No Chromium: install the package chromium, or set TEST_CHROMIUM to its path.")
    return found


@pytest.fixture(scope="session")
def artefacts() -> Path:
    """The folder for pictures and logs that a person may want to see after the tests."""
    folder = ROOT / "var" / "artefacts"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
