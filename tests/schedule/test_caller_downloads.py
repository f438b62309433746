"""A caller's file by its own route: whole, as a file, and for administrators alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from sync_core.access.permissions import OPERATOR, command_line_actor
from sync_core.access.users import add_user
from sync_core.base.settings import load
from sync_core.schedule.caller_downloads import PATH
from sync_core.schedule.crontab import marks
from tests.pages.web_server import NAME, PASSWORD, WebServer, running_web_server

pytestmark = pytest.mark.slow


@pytest.fixture
def server(tmp_path: Path) -> Iterator[WebServer]:
    with running_web_server(tmp_path) as server:
        yield server


def test_it_gives_each_file_whole_to_an_administrator_and_to_nobody_else(
    server: WebServer,
) -> None:
    add_user(server.databases, command_line_actor(), "operator", PASSWORD, OPERATOR)
    admin, operator = server.log_in(NAME), server.log_in("operator")

    def get(kind: str, name: str) -> tuple[int, bytes, str]:
        answer = admin.get(server.url + PATH, params={"kind": kind, "name": name}, timeout=30)
        return answer.status_code, answer.content, answer.headers.get("Content-Disposition", "")

    status, content, disposition = get("crontab", "crontab")
    assert (status, disposition) == (200, 'attachment; filename="crontab"')
    assert content.startswith(b"# BEGIN hamgam ")
    assert content.decode().split("\n")[0] == marks(load())[0]
    assert get("windows", "hamgam-tick.xml")[1][:2] == b"\xff\xfe"
    for kind, name in (("crontab", "../.env"), ("crontab", ""), ("keys", "vault"), ("", "")):
        assert get(kind, name)[0] == 404

    refused = operator.get(server.url + PATH, params={"kind": "crontab"}, timeout=30)
    assert refused.status_code == 403


def test_it_is_closed_to_strangers(server: WebServer) -> None:
    answer = requests.get(server.url + PATH, timeout=30, allow_redirects=False)
    assert answer.status_code == 401
