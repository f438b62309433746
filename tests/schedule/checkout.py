"""A checkout of our own in a folder with a hard name. cron sees no environment, only its `.env`."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sync_core.base.clock import utc_now
from sync_core.base.settings import load
from sync_core.schedule.callers import last_calls
from sync_core.store import runs
from sync_core.store.control import Run, Schedule
from sync_core.store.engines import Databases, open_databases
from tests import seed
from tests.runs.installation import ROOT

NAME = 'it\'s 50% "of" $(touch made) پوشهٔ `ما` a\\b'


class Checkout:
    def __init__(self, folder: Path, environ: Mapping[str, str], databases: Databases) -> None:
        self.folder = folder
        self.environ = environ
        self.databases = databases

    def call(
        self, *arguments: str, within: tuple[str, ...] = ()
    ) -> "subprocess.CompletedProcess[str]":
        """A command of ours, as an operator calls it: nothing of us stands in its environment."""
        return subprocess.run(
            [*within, "env", "--chdir", str(self.folder), *self.command(*arguments)],
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "sync_core", *arguments]

    def make_due(self, source: str) -> None:
        with self.databases.control.write() as session:
            row = session.get(Schedule, source)
            assert row is not None
            row.next_due_at = utc_now()

    def runs(self) -> list[Run]:
        """The oldest first."""
        with self.databases.control.read() as session:
            return list(runs.latest_runs(session, source=None, limit=20))[::-1]

    def succeeded(self) -> int:
        return sum(run.status == "success" for run in self.runs())

    def called_at(self, caller: str) -> datetime | None:
        calls = last_calls(self.databases, seed.VISITOR)
        return next((call.at for call in calls if call.caller == caller), None)


@contextmanager
def checkout(folder: Path, settings: Mapping[str, str]) -> Iterator[Checkout]:
    """With databases, and faculty to be synced every minute."""
    place = folder / NAME
    for part in ("sync_core", "fetch_data", "locale"):
        shutil.copytree(ROOT / part, place / part, ignore=shutil.ignore_patterns("*.db*"))
    shutil.copy(ROOT / "dashboard.py", place)
    home = place / "var"
    places = {
        "HAMGAM_HOME": str(home),
        "HAMGAM_DATABASE_URL": f"sqlite:///{home}/hamgam.db",
        "HAMGAM_DATA_URL": f"sqlite:///{home}/data.db",
    }
    given = {**places, **settings}
    lines = [f"{name}={_quoted(value)}\n" for name, value in given.items()]
    (place / ".env").write_text("".join(lines), encoding="utf-8")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HAMGAM_")}
    databases = open_databases(load(given))
    try:
        ours = Checkout(place, clean, databases)
        ours.call("init")
        ours.call("schedule", "set", "faculty", "--every", "1", "--unit", "minutes")
        yield ours
    finally:
        databases.dispose()


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
