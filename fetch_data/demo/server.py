"""The demo gateway on the wire: HTTP/1.1 with keep-alive, nothing copied; decides no answer."""

import sys
from collections.abc import Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_hex
from socket import socket
from socketserver import TCPServer
from typing import Any

from fetch_data.demo.answers import Answer, Desk, Request
from fetch_data.demo.pages import Buffer

MAX_BODY = 1024 * 1024
IDLE_S = 120
REFUSED = 400
# What one system call takes is 1,024 on Linux and macOS.
_MOST_PARTS = 1_000


class DemoServer(ThreadingHTTPServer):
    daemon_threads = True
    # A run, and the tests of a crowd, connect many times at once.
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], desk: Desk) -> None:
        self.desk = desk
        super().__init__(address, Handler)

    def server_bind(self) -> None:
        # The parent would look its own name up, which can take seconds without a name server.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    @property
    def url(self) -> str:
        return f"http://{self.server_address[0]!s}:{self.server_port}"

    def handle_error(self, request: socket | tuple[bytes, socket], client_address: Any) -> None:
        """A caller that hangs up is no error of ours."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    server: DemoServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = IDLE_S

    def _serve(self) -> None:
        body = self._body()
        if body is None:
            return
        request = Request(
            method=self.command,
            path=self.path.partition("?")[0],
            authorization=self.headers.get("Authorization", ""),
            body=body,
            peer=str(self.client_address[0]),
        )
        self._send(self.server.desk.answer(request))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

    def _body(self) -> bytes | None:
        """The request's body, or None when it was refused and the connection ends."""
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not (length.isascii() and length.isdigit()):
            self.send_error(HTTPStatus.LENGTH_REQUIRED)
        elif int(length) > MAX_BODY:
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        else:
            return self.rfile.read(int(length))
        self.close_connection = True
        return None

    def _send(self, answer: Answer) -> None:
        phrase = self.responses.get(HTTPStatus(answer.status), ("",))[0] if _known(answer) else ""
        lines = [
            f"HTTP/1.1 {answer.status} {phrase}",
            f"Date: {self.date_time_string()}",
            f"Content-Type: {answer.content_type}",
            f"Content-Length: {answer.length}",
            *(f"{name}: {value}" for name, value in answer.headers.items()),
            *([f"X-Request-Id: demo-{token_hex(6)}"] if answer.status >= REFUSED else []),
            *(["Connection: close"] if self.close_connection else []),
        ]
        head = "\r\n".join(lines).encode("latin-1", "replace")
        _send_all(self.connection, [head + b"\r\n\r\n", *answer.body])

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: one who wants to know reads /demo/stats."""


def _send_all(connection: socket, parts: Sequence[Buffer]) -> None:
    if not hasattr(connection, "sendmsg"):  # Windows
        connection.sendall(b"".join(parts))
        return
    left = [memoryview(part) for part in parts]
    while left:
        sent, done = connection.sendmsg(left[:_MOST_PARTS]), 0
        while done < len(left) and sent >= len(left[done]):
            sent -= len(left[done])
            done += 1
        del left[:done]
        if sent:
            left[0] = left[0][sent:]


def _known(answer: Answer) -> bool:
    return answer.status in set(HTTPStatus)
