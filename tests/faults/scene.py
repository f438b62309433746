"""An installation whose databases are tried, beside a gateway whose people change."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from sync_core.base.errors import CLASSES
from sync_core.cli.main import main
from sync_core.store.data import FACULTY
from sync_core.store.engines import Database
from tests.engine.gateway_process import GatewayProcess
from tests.engine.oracle import Rows, expected_faculty
from tests.runs.installation import ROOT, Installation, wait_until

HALF = 50
"""A revision changes one person of a hundred; so many of them change half of all people."""
ALL_ACTIVE = "SELECT id FROM sync_runs WHERE status IN ('pending', 'running')"
COLUMNS = [name for name in FACULTY if name != "province_code"]
HOLDS = """
import sys
from sync_core.store.sqlite import library
connection = library().connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


CONTROL, DATA = "control", "data"
Files = Mapping[str, bytes]
"""By plane, the content of a SQLite database's file."""


class Told(NamedTuple):
    """How a command ended, by its last line: a run's report, or an error before any run."""

    code: int
    error_class: str | None
    sentence: str


class Scene:
    """The source is the faculty: one unit, so that its rows are those of one revision."""

    def __init__(
        self,
        gateway: GatewayProcess,
        patch: pytest.MonkeyPatch,
        output: pytest.CaptureFixture[str],
        settings: Mapping[str, str],
    ) -> None:
        self.gateway, self._patch, self._output = gateway, patch, output
        for name, value in {**gateway.environ, **settings}.items():
            patch.setenv(name, value)
        self._revision = 0

    @cached_property
    def here(self) -> Installation:
        return Installation({})

    def set(self, name: str, value: str) -> None:
        self._patch.setenv(name, value)
        self.here.environ[name] = value

    @property
    def files(self) -> dict[str, Path]:
        return {CONTROL: self.control, DATA: self.data}

    def begin_with(self, content: Files) -> None:
        """After a first run; the gateway's people have changed since."""
        for plane, file in self.files.items():
            file.write_bytes(content[plane])
        self.change_people()

    @property
    def control(self) -> Path:
        return self._file(control=True)

    @property
    def data(self) -> Path:
        return self._file(control=False)

    def _file(self, *, control: bool) -> Path:
        file = self._database(control).file
        assert file is not None
        return file

    def _database(self, control: bool) -> Database:
        return self.here.databases.control if control else self.here.databases.data

    def let_go(self) -> None:
        """Nobody holds the databases any more: their files may be copied, moved and replaced."""
        self.here.databases.dispose()

    def command(self, *arguments: str) -> Told:
        """In this very process."""
        code = main([*arguments, "--json"])
        return _told(code, self._output.readouterr().out)

    def sync(self) -> Told:
        return self.command("sync", "faculty")

    def change_people(self) -> None:
        self._revision += HALF
        self.gateway.control({"revision": self._revision})

    def stored(self) -> Rows:
        rows = self.here.rows("SELECT * FROM faculty")
        return {row["nationalcode"]: {name: row[name] for name in COLUMNS} for row in rows}

    def expected(self) -> Rows:
        """What the gateway reports now."""
        return expected_faculty(self.gateway.world)

    def newest_run(self) -> dict[str, Any]:
        rows = self.here.rows("SELECT * FROM sync_runs ORDER BY id DESC LIMIT 1", control=True)
        return rows[0] if rows else {}

    @contextmanager
    def planned_run(self) -> Iterator["subprocess.Popen[str]"]:
        """A run in its own process that has told its plan, and waits for the gateway's answer."""
        before = self.newest_run().get("id", 0)
        self.gateway.process.send_signal(signal.SIGSTOP)
        try:
            with self.here.started("sync", "faculty", "--json") as run:
                wait_until(lambda: self._is_planned(before), "the run's plan")
                yield run
        finally:
            self.answer()

    def answer(self) -> None:
        self.gateway.process.send_signal(signal.SIGCONT)

    def _is_planned(self, before: int) -> bool:
        row = self.newest_run()
        return bool(row.get("id", 0) > before and row["units_total"] == 1)

    def assert_refused(self, told: Told, error_class: str, words: str) -> None:
        """The class and the sentence; nothing secret, nothing left running."""
        assert (told.code, told.error_class) == (1, error_class), told
        self.assert_sentence(told.sentence, words)

    def assert_sentence(self, sentence: str, words: str) -> None:
        assert words in sentence
        assert len(sentence) <= 500
        assert self.gateway.password not in sentence

    def assert_none_active(self) -> None:
        assert self.here.rows(ALL_ACTIVE, control=True) == []
        ended = self.here.rows("SELECT * FROM sync_runs WHERE status = 'failed'", control=True)
        assert all(row["error_class"] in CLASSES for row in ended)

    def assert_recovers(self) -> None:
        """By itself: the next run succeeds, the table equals the gateway, the files are whole."""
        told = self.sync()
        assert (told.code, told.error_class) == (0, None), told
        assert self.stored() == self.expected()
        self.assert_none_active()
        for control in (True, False):
            self._assert_whole(control)

    def _assert_whole(self, control: bool) -> None:
        if self._database(control).file is not None:
            found = self.here.rows("PRAGMA quick_check", control=control)
            assert found == [{"quick_check": "ok"}]

    def findings(self) -> list[dict[str, Any]]:
        """The doctor's."""
        self._output.readouterr()
        main(["doctor", "--json"])
        found: list[dict[str, Any]] = json.loads(self._output.readouterr().out.splitlines()[-1])
        return found


def first_sync(gateway: GatewayProcess, folder: Path) -> Files:
    """Both files as a first run leaves them: as good for every test as a run of its own."""
    files = {CONTROL: folder / "hamgam.db", DATA: folder / "data.db"}
    urls = {
        f"HAMGAM_{name}_URL": f"sqlite:///{file}"
        for name, file in zip(("DATABASE", "DATA"), files.values(), strict=True)
    }
    installation = Installation({**gateway.environ, "HAMGAM_HOME": str(folder), **urls})
    assert installation.call("sync", "faculty", "--json")[0] == 0
    return {plane: file.read_bytes() for plane, file in files.items()}


def _told(code: int, output: str) -> Told:
    lines = output.strip().splitlines()
    last = json.loads(lines[-1]) if lines else {}
    if isinstance(last, dict) and "error" in last:
        return Told(code, last["error"], f"{last['message']} {last['hint']}")
    error_class = last.get("error_class") if isinstance(last, dict) else None
    return Told(code, error_class, (error_class and last["error_message"]) or "")


def end_of(run: "subprocess.Popen[str]") -> Told:
    """Waits for a run in its own process."""
    out, _ = run.communicate(timeout=90)
    return _told(run.returncode, out)


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Another process writes to the database and does not come to an end."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(file)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        try:
            yield
        finally:
            holder.communicate()


def companions(file: Path) -> list[Path]:
    """A SQLite database's files, as far as they are there."""
    return [path for end in ("", "-wal", "-shm") if (path := Path(f"{file}{end}")).exists()]


@contextmanager
def moved_away(file: Path) -> Iterator[None]:
    """With what belongs to it, as it is; and put back."""
    away = [(path, path.with_name(f"away-{path.name}")) for path in companions(file)]
    for path, other in away:
        path.rename(other)
    try:
        yield
    finally:
        for path, other in away:
            other.rename(path)
