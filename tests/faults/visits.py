"""Visits without a browser: plain requests, and handshakes written byte by byte."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests
from sqlalchemy import text

from sync_core.access.cookies import SESSION_COOKIE
from tests.faults.crowd import Crowd
from tests.pages.web_server import WebServer

NAVIGATION = "text/html,application/xhtml+xml"
PATIENCE_S = 60


@dataclass(frozen=True)
class Treated:
    """What one cookie is worth: to a program, to a person, at `/media`, at the websocket."""

    program: int
    person: int
    media: int
    stream: int


REFUSED = Treated(program=401, person=303, media=401, stream=403)
WELCOME = Treated(program=204, person=200, media=404, stream=101)
TO_CHANGE = Treated(program=204, person=303, media=403, stream=403)
"""Whose password must be changed."""


def treated(crowd: Crowd, cookie: str, name: str = SESSION_COOKIE) -> Treated:
    given = {"Cookie": f"{name}={cookie}"}
    return Treated(
        program=get(crowd.server, "/session", **given).status_code,
        person=get(crowd.server, "/runs", Accept=NAVIGATION, **given).status_code,
        media=get(crowd.server, f"/media/{'0' * 56}.csv", **given).status_code,
        stream=handshake(crowd.server, f"Cookie: {name}={cookie}"),
    )


def get(server: WebServer, path: str, **headers: str) -> requests.Response:
    url = server.url + path
    given = {"Accept": "*/*", **headers}
    return requests.get(url, headers=given, allow_redirects=False, timeout=PATIENCE_S)


def handshake(server: WebServer, *lines: str, host: str = "") -> int:
    """The status that answers a browser's request for a websocket. 101: it is open."""
    key = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13")
    secret = ("Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Protocol: streamlit")
    return sent(server, "GET", "/_stcore/stream", *key, *secret, *lines, host=host)


def sent(server: WebServer, method: str, target: str, *lines: str, host: str = "") -> int:
    """The status of the answer to a request that nothing has tidied up."""
    address = urlsplit(server.url).netloc
    head = "\r\n".join([f"{method} {target} HTTP/1.1", f"Host: {host or address}", *lines])
    with _asked(address, head) as line:
        return int(line.recv(4_096).split(b" ", 2)[1])


def whole_answer(server: WebServer, target: str, *lines: str) -> str:
    address = urlsplit(server.url).netloc
    given = (f"GET {target} HTTP/1.1", f"Host: {address}", "Connection: close", *lines)
    with _asked(address, "\r\n".join(given)) as line, line.makefile("rb") as answer:
        return answer.read().decode("utf-8", "replace")


@contextmanager
def _asked(address: str, head: str) -> Iterator[socket.socket]:
    host, port = address.split(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE_S) as line:
        line.sendall(f"{head}\r\n\r\n".encode("latin-1"))
        yield line


def forget_tries(server: WebServer) -> None:
    """All tests come from one address."""
    with server.databases.control.write() as session:
        session.execute(text("DELETE FROM login_tries"))


def recorded(server: WebServer, after: int = 0) -> list[tuple[str, str | None, str | None]]:
    """Action, target and address of what was put on record after an entry."""
    query = "SELECT action, target, address FROM access_logs WHERE id > :after ORDER BY id"
    with server.databases.control.read() as session:
        rows = session.execute(text(query), {"after": after})
        return [(row.action, row.target, row.address) for row in rows]


def last_entry(server: WebServer) -> int:
    with server.databases.control.read() as session:
        return int(session.scalar(text("SELECT coalesce(max(id), 0) FROM access_logs")) or 0)
