"""A real dashboard in a process of its own, for the tests of the gate and of the browser."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from sync_core.access.permissions import ADMIN, command_line_actor
from sync_core.access.users import add_user
from sync_core.base.settings import load
from sync_core.store.engines import Databases, open_databases
from sync_core.store.migrate import prepare
from tests.conftest import ROOT

NAME, PASSWORD = "m.karimi", "four unrelated words"
START_LIMIT_S = 90


@dataclass
class WebServer:
    url: str
    databases: Databases
    log: Path

    @property
    def websocket(self) -> str:
        return self.url.replace("http://", "ws://") + "/_stcore/stream"

    def log_in(self, name: str = NAME, password: str = PASSWORD) -> requests.Session:
        """A browser that is logged in."""
        browser = requests.Session()
        answer = self.post_login(browser, name, password)
        assert answer.status_code == 303, answer.text
        return browser

    def post_login(
        self, browser: requests.Session, name: str, password: str, target: str = "/"
    ) -> requests.Response:
        page = browser.get(f"{self.url}/login", timeout=30)
        fields = {"form": field(page.text, "form"), "next": target}
        return browser.post(
            f"{self.url}/login",
            data={**fields, "name": name, "password": password},
            allow_redirects=False,
            timeout=30,
        )


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, page
    return found[1]


@contextmanager
def running_web_server(folder: Path) -> Iterator[WebServer]:
    """Needs the settings of the tests in the environment; adds one administrator."""
    settings = load()
    databases = open_databases(settings)
    prepare(settings, databases)
    add_user(databases, command_line_actor(), NAME, PASSWORD, ADMIN)
    port, log = _free_port(), folder / "web.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "sync_core", "serve", "--port", str(port)],
            cwd=ROOT,
            env={**os.environ, "PYTHONUTF8": "1"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        server = WebServer(f"http://127.0.0.1:{port}", databases, log)
        _wait_until_it_answers(server, process)
        yield server
    finally:
        process.terminate()
        process.wait(30)
        databases.dispose()


def _wait_until_it_answers(server: WebServer, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline:
        assert process.poll() is None, server.log.read_text(errors="replace")
        try:
            if requests.get(f"{server.url}/healthz", timeout=5).ok:
                return
        except (requests.ConnectionError, requests.Timeout):
            time.sleep(0.05)
    raise AssertionError(server.log.read_text(errors="replace"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
