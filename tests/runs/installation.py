"""An installation in a folder of its own, used as an operator uses it: by its command line."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import text

from sync_core.base.settings import Settings, load
from sync_core.store.engines import Database, Databases, open_databases

ROOT = Path(__file__).resolve().parents[2]
LONGEST_WAIT_S = 90


class Installation:
    """`environ` is added to this process's own, which already names the test's databases."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = {**os.environ, **environ}
        self.settings: Settings = load(self.environ)
        self.databases: Databases = open_databases(self.settings)

    def call(self, *arguments: str) -> tuple[int, Any, str]:
        """Exit code, the JSON of stdout's last line (or None), and stderr."""
        done = subprocess.run(
            self.command(*arguments),
            cwd=ROOT,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=LONGEST_WAIT_S,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        lines = done.stdout.strip().splitlines()
        return done.returncode, _json_or_none(lines[-1] if lines else ""), done.stderr

    @contextmanager
    def started(self, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
        """A command in the background; killed with the block if it is still there."""
        with subprocess.Popen(
            self.command(*arguments),
            cwd=ROOT,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()
                process.communicate()

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "sync_core", *arguments]

    def rows(self, query: str, *, control: bool = False) -> list[dict[str, Any]]:
        database: Database = self.databases.control if control else self.databases.data
        with database.read() as session:
            return [dict(row) for row in session.execute(text(query)).mappings()]

    def run_row(self, run_id: int) -> dict[str, Any]:
        rows = self.rows("SELECT * FROM sync_runs", control=True)
        return next(row for row in rows if row["id"] == run_id)


def wait_until(true: Callable[[], object], what: str) -> None:
    """Polls a condition; a test that waits in vain says for what."""
    deadline = time.monotonic() + LONGEST_WAIT_S
    while not true():
        if time.monotonic() > deadline:
            raise AssertionError(f"Waited {LONGEST_WAIT_S} s in vain: {what}")
        time.sleep(0.05)


def lives(pid: int) -> bool:
    """A zombie, which waits only to be counted by its parent, does not live."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _json_or_none(line: str) -> Any:
    try:
        return json.loads(line)
    except json.JSONDecodeError:
        return None
