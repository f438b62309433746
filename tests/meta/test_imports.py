"""Who may import whom: the contracts hold, and each of them breaks when it is broken."""

import ast
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.conftest import ROOT

PLANTED = {
    "core": ("sync_core/engine/planted.py", "import fetch_data"),
    "screens": ("pages/planted.py", "import fetch_data"),
    "sources": ("fetch_data/planted.py", "import pages"),
    "rooms": ("sync_core/base/planted.py", "import sync_core.store"),
    "streamlit": ("sync_core/runs/planted.py", "import streamlit"),
    "requests": ("sync_core/ops/planted.py", "import requests"),
    "sqlalchemy": ("sync_core/access/planted.py", "from sqlalchemy import select"),
    "pandas": ("sync_core/engine/frames.py", "import pandas"),
}
ROOMS = ("cli", "schedule", "runs", "alerts", "ops", "inspect", "access", "engine", "store", "base")


def lint(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    code = "from importlinter.cli import lint_imports_command as check; check()"
    config = ["--config", str(ROOT / "pyproject.toml"), "--no-cache", "--no-logo"]
    return subprocess.run(
        [sys.executable, "-c", code, *config, *arguments],
        cwd=folder,
        env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def broken_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("broken")
    packages = ["fetch_data", "pages", "sync_core", *(f"sync_core/{room}" for room in ROOMS)]
    for package in packages:
        (folder / package).mkdir()
        (folder / package / "__init__.py").touch()
    for path, text in PLANTED.values():
        (folder / path).write_text(text)
    return folder


def contracts() -> dict[str, str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return {c["id"]: c["name"] for c in settings["tool"]["importlinter"]["contracts"]}


def test_it_keeps_every_contract() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_breaks_every_contract_when_each_is_planted(broken_project: Path) -> None:
    assert contracts().keys() == PLANTED.keys()
    done = lint(broken_project)
    kept = [name for name in contracts().values() if f"{name} BROKEN" not in done.stdout]
    assert (done.returncode, kept) == (1, []), done.stdout + done.stderr


def test_it_refuses_a_room_that_has_no_place(broken_project: Path) -> None:
    extra = broken_project / "sync_core" / "extra"
    extra.mkdir()
    (extra / "__init__.py").touch()
    done = lint(broken_project, "--contract", "rooms")
    assert "sync_core.extra" in done.stdout


def test_it_opens_the_dashboard_without_sources_or_sql() -> None:
    for dashboard in ROOT.glob("dashboard.py"):
        assert not imported_packages(dashboard) & {"fetch_data", "requests", "sqlalchemy"}


def test_it_loads_neither_pandas_nor_streamlit_nor_requests_with_the_core() -> None:
    code = (
        "import sys, sync_core.base.settings, sync_core.engine.source;"
        "sys.exit(','.join({'pandas', 'streamlit', 'requests'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stderr.strip() == ""


def imported_packages(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found
