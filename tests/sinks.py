"""Servers on loopback that take alerts: a real one for mail, a real one for web hooks."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

HANGS_S = 60


class HookSink:
    """Keeps every content that was posted. `status`: what it answers; None lets a call hang."""

    def __init__(self, port: int = 0) -> None:
        self.got: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.status: int | None = 200
        self.released = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def url(self, path: str = "in") -> str:
        return f"json://127.0.0.1:{self.port}/{path}"

    @property
    def titles(self) -> list[str]:
        return [one["title"] for one in self.got]

    def stop(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers["Content-Length"]))
                if sink.status is None:
                    sink.released.wait(HANGS_S)
                    return
                if sink.status == 200:
                    sink.got.append(json.loads(content))
                    sink.paths.append(self.path)
                self.send_response(sink.status)
                self.send_header("Location", sink.url("elsewhere"))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_given: object) -> None:
                """A test's output is not its place."""

        return Handler


class MailSink:
    """Keeps every mail that it was given, and to whom."""

    def __init__(self) -> None:
        self.got: list[EmailMessage] = []
        self.to: list[list[str]] = []
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        self._thread.start()
        self._ready.wait()

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        self.got.append(message_from_bytes(content, policy=policy.default))  # type: ignore[arg-type]
        self.to.append(list(envelope.rcpt_tos))
        return "250 taken"

    def url(self, to: str = "it@example.org") -> str:
        return f"mailto://127.0.0.1:{self.port}?mode=insecure&from=hamgam@example.org&to={to}"

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        made = await self._loop.create_server(
            lambda: SMTP(self, loop=self._loop, enable_SMTPUTF8=True), "127.0.0.1", 0
        )
        self.port = int(made.sockets[0].getsockname()[1])
        self._ready.set()
        async with made:
            await self._over.wait()


@contextmanager
def hook_sink(port: int = 0) -> Iterator[HookSink]:
    sink = HookSink(port)
    try:
        yield sink
    finally:
        sink.stop()


@contextmanager
def mail_sink() -> Iterator[MailSink]:
    sink = MailSink()
    try:
        yield sink
    finally:
        sink.stop()


@contextmanager
def closed_port() -> Iterator[int]:
    """A port that nobody listens at, and that nobody else gets meanwhile."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield int(held.getsockname()[1])
