"""An installation whose faculty has been read once, before a gateway that then misbehaves."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sync_core.cli.main import main
from tests.engine.raw_server import Asked, Play, answer, raw_server, token
from tests.runs.installation import Installation

PASSWORD = "a-pass-word-that-nobody-says"
TOKEN = "token-that-nobody-says"
PEOPLE = [
    {"id": n, "nationalcode": f"{n:010d}", "name": f"نام {n}", "scope": "تهران", "sex": 1 + n % 2}
    for n in range(1, 31)
]
SETTINGS = {
    "HAMGAM_GATEWAY_USER": "tester",
    "HAMGAM_GATEWAY_PASSWORD": PASSWORD,
    "HAMGAM_SOURCES": "fetch_data.faculty_main",
    "HAMGAM_TRIES": "2",
    "HAMGAM_RETRY_WAIT_S": "0.05",
    "HAMGAM_ANSWER_MAX_MB": "1",
}

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Told:
    """A run's end: what it reports, what its log says."""

    status: str
    error_class: str | None
    message: str
    counts: Mapping[str, int]
    log: str


@dataclass
class Faculty:
    """`play` is what the gateway does; the table holds the people of a good run."""

    home: Path
    url: str = ""
    play: Play = answer
    has_begun: bool = False

    def __post_init__(self) -> None:
        self.environ = {
            **SETTINGS,
            "HAMGAM_HOME": str(self.home),
            "HAMGAM_DATABASE_URL": f"sqlite:///{self.home / 'hamgam.db'}",
            "HAMGAM_DATA_URL": f"sqlite:///{self.home / 'data.db'}",
        }
        self.installation = Installation(self.environ)

    @property
    def is_good(self) -> bool:
        return self.has_begun and self.names() == {p["nationalcode"]: p["name"] for p in PEOPLE}

    def rows(self) -> Rows:
        return self.installation.rows("SELECT * FROM faculty ORDER BY nationalcode")

    def names(self) -> dict[str, Any]:
        """Of those who are not missing."""
        return {r["nationalcode"]: r["name"] for r in self.rows() if r["missing_since"] is None}

    def rejects(self, run_id: int) -> list[str]:
        query = f"SELECT reason FROM rejected_rows WHERE run_id = {run_id} ORDER BY position"
        return [row["reason"] for row in self.installation.rows(query)]


Sync = Callable[..., Told]
"""`sync(play, HAMGAM_X="…")`: one run, its supervisor in this very process."""


@contextmanager
def running_faculty(home: Path) -> Iterator[Faculty]:
    faculty = Faculty(home)
    with raw_server(lambda asked: faculty.play(asked)) as server:
        faculty.url = server.url
        yield faculty
    faculty.installation.databases.dispose()


def sync(faculty: Faculty, output: pytest.CaptureFixture[str], play: Play, **environ: str) -> Told:
    faculty.play, faculty.has_begun = play, True
    output.readouterr()
    with pytest.MonkeyPatch.context() as patch:
        gateway = {"HAMGAM_GATEWAY_URL": faculty.url}
        for name, value in {**gateway, **faculty.environ, **environ}.items():
            patch.setenv(name, value)
        main(["sync", "faculty", "--json"])
    report = json.loads(output.readouterr().out.splitlines()[-1])
    log = faculty.installation.settings.run_log(report["run_id"]).read_text(encoding="utf-8")
    _check_words(report["error_message"] or "", log)
    return Told(report["status"], report["error_class"], report["error_message"] or "", report, log)


def make_good(faculty: Faculty, output: pytest.CaptureFixture[str]) -> None:
    """The next run after whatever went wrong needs nobody's help."""
    assert faculty.is_good or sync(faculty, output, GOOD).status == "success"
    assert faculty.is_good


def _check_words(message: str, log: str) -> None:
    assert len(message) <= 500
    for secret in (PASSWORD, TOKEN):
        assert secret not in message
        assert secret not in log
    assert "Traceback" not in log


def logs_in(play: Play) -> Play:
    """Gives everybody the token, and leaves the other calls to `play`."""
    return lambda asked: token(TOKEN) if asked.path == "/Login" else play(asked)


def pages(*bodies: Any) -> Play:
    """A page after the other, the last one again and again."""

    def play(asked: Asked) -> bytes:
        body = bodies[min(asked.body["pageNumber"], len(bodies)) - 1]
        return answer(body)

    return logs_in(play)


GOOD = pages({"data": PEOPLE, "totalPages": 1})
