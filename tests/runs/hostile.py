"""An installation whose only source has a child that behaves as a test tells it."""

import json
from pathlib import Path
from typing import Any

import pytest

from sync_core.access.permissions import command_line_actor
from sync_core.cli.main import main
from sync_core.runs.start import start_run
from sync_core.store.migrate import prepare
from tests.runs.installation import Installation

SETTINGS = {
    "HAMGAM_GATEWAY_URL": "http://127.0.0.1:9",
    "HAMGAM_GATEWAY_USER": "nobody",
    "HAMGAM_GATEWAY_PASSWORD": "never-sent",
    "HAMGAM_SOURCES": "tests.runs.hostile_source",
    "HAMGAM_STALL_LIMIT_S": "600",
    "HAMGAM_CANCEL_GRACE_S": "0.5",
    "HAMGAM_LEASE_S": "20",
    "HAMGAM_HEARTBEAT_S": "1",
}


class Hostile:
    """An installation whose only source has a child that behaves as told."""

    def __init__(self, patch: pytest.MonkeyPatch, output: pytest.CaptureFixture[str]) -> None:
        for name, value in SETTINGS.items():
            patch.setenv(name, value)
        self._patch, self._output = patch, output
        self.installation = Installation({})

    def sync(self, behaviour: str) -> dict[str, Any]:
        """The report of the run; the supervisor is this very process."""
        self.set("HOSTILE", behaviour)
        main(["sync", "hostile", "--json"])
        report: dict[str, Any] = json.loads(self._output.readouterr().out.splitlines()[-1])
        return report

    def start(self, behaviour: str) -> int:
        """A run in the background, by a supervisor of its own."""
        self.set("HOSTILE", behaviour)
        here = self.installation
        prepare(here.settings, here.databases)
        return start_run(here.settings, here.databases, "hostile", actor=command_line_actor())

    def set(self, name: str, value: str) -> None:
        self._patch.setenv(name, value)
        self.installation.environ[name] = value

    def row(self, query: str) -> dict[str, Any]:
        return self.installation.rows(query, control=True)[0]

    def log(self, run_id: int) -> Path:
        return self.installation.settings.run_log(run_id)
