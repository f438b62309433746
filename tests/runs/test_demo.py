"""The demo as somebody starts it: ready, reachable, and gone without a trace."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
import requests

from sync_core.access.login import Attempt, log_in
from sync_core.base.settings import load
from sync_core.store.engines import open_databases
from sync_core.store.states import source_states
from tests.pages.web_server import WebServer
from tests.runs.installation import ROOT, wait_until

pytestmark = pytest.mark.slow
START_S = 120
SMALL = ["--faculty=5", "--students=8", "--campuses=2", "--port=18501"]


@contextmanager
def running_demo(home: Path, *options: str) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-m", "sync_core", "demo", f"--home={home}", *SMALL, *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        for member in (process, *_family(process.pid)):
            member.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def _family(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def is_alive(process: psutil.Process) -> bool:
    """Nobody may be there to wait for it: a zombie is as good as gone."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def box(process: "subprocess.Popen[str]") -> dict[str, str]:
    """What the box says, by its first words; waits for it."""
    found: dict[str, str] = {}
    for line in process.stdout or ():
        said = re.match(r"\|  (Open|User|Password) +(\S+)", line)
        if said:
            found[said[1]] = said[2]
        if "Ctrl-C ends" in line:
            return found
    raise AssertionError(f"The demo ended with {process.wait()} before its box.")


def status_of(url: str, path: str) -> int:
    connection = HTTPConnection(urlsplit(url).netloc, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def first_page(said: dict[str, str]) -> str:
    """Where the one-time password of the box leads to; nothing else opens before it is changed."""
    server = WebServer(said["Open"], databases=None, log=None)  # type: ignore[arg-type]
    browser = server.log_in(said["User"], said["Password"])
    assert browser.get(f"{server.url}/media/x", timeout=30).status_code == 403
    headers = {"Accept": "text/html"}
    answer = browser.get(server.url, headers=headers, allow_redirects=False, timeout=30)
    return answer.headers["Location"]


def test_it_is_ready_to_log_in_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "demo"
    with running_demo(home) as process:
        said = box(process)
        family = _family(process.pid)
        assert len(family) >= 2
        assert status_of(said["Open"], "/login") == 200
        assert status_of(said["Open"], "/") in (303, 401)
        assert first_page(said) == "/password"
        assert said["Password"] not in " ".join(w for p in family for w in p.cmdline())
        os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C in a terminal does
        assert process.wait(60) == 0
        wait_until(lambda: not any(map(is_alive, family)), "the demo's processes end")

    monkeypatch.setenv("HAMGAM_HOME", str(home))
    monkeypatch.setenv("HAMGAM_DATABASE_URL", f"sqlite:///{home}/hamgam.db")
    databases = open_databases(load())
    actor = log_in(databases, Attempt(said["User"], said["Password"]))
    with databases.control.read() as session:
        states = {row["source"]: row["status"] for row in source_states(session)}
    databases.dispose()
    assert actor is not None
    assert (actor.role, actor.must_change) == ("admin", True)
    assert states == {"faculty": "success", "students": "success"}


def test_it_gives_another_password_at_each_start(tmp_path: Path) -> None:
    """Nobody gets in with what was printed before, changed or not."""
    passwords = []
    for _ in range(2):
        with running_demo(tmp_path / "demo") as process:
            said = box(process)
            passwords.append(said["Password"])
            server = WebServer(said["Open"], databases=None, log=None)  # type: ignore[arg-type]
            told = [
                server.post_login(requests.Session(), said["User"], one).status_code
                for one in passwords
            ]
        assert told == [401] * (len(passwords) - 1) + [303]


def test_it_takes_its_processes_along_when_it_is_killed(tmp_path: Path) -> None:
    with running_demo(tmp_path / "demo") as process:
        box(process)
        family = _family(process.pid)
        process.kill()
        wait_until(lambda: not any(map(is_alive, family)), "the demo's processes end")


def test_it_refuses_a_folder_that_is_not_a_demos(tmp_path: Path) -> None:
    kept = tmp_path / "hamgam.db"
    kept.write_text("somebody's own")
    with running_demo(tmp_path, "--fresh") as process:
        assert process.wait(START_S) == 2
    assert kept.read_text() == "somebody's own"
    assert [path.name for path in tmp_path.iterdir()] == ["hamgam.db"]
