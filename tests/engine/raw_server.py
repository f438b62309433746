"""A server that answers byte by byte as a test tells it: what no well-behaved library would do."""

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any


@dataclass(frozen=True)
class Asked:
    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    line: int
    """Which connection it came over, counted from 1."""


Part = bytes | float
"""Bytes to send, or seconds to wait before the next ones."""
Play = Callable[[Asked], "bytes | Iterator[Part]"]
"""An iterator is sent piece by piece, and then the line is closed."""


@dataclass
class RawServer:
    play: Play
    asked: list[Asked] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    url: str = ""
    lines: int = 0
    open: set[int] = field(default_factory=set)
    """The connections that the client has not ended."""

    def count(self, path: str) -> int:
        return sum(asked.path == path for asked in self.asked)


@contextmanager
def raw_server(play: Play, tls: ssl.SSLContext | None = None) -> Iterator[RawServer]:
    stage = RawServer(play)

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            stage.lines += 1
            line = stage.lines
            stage.open.add(line)
            _serve(self, stage, line)
            stage.open.discard(line)

    class Server(ThreadingTCPServer):
        allow_reuse_address = True
        request_queue_size = 64
        daemon_threads = True

        def finish_request(self, request: Any, client_address: Any) -> None:
            line = tls.wrap_socket(request, server_side=True) if tls else request
            try:
                super().finish_request(line, client_address)
            finally:
                _hang_up(line)

        def handle_error(self, *args: object) -> None:
            """A client that hangs up is what these tests are about."""

    with Server(("127.0.0.1", 0), Handler) as server:
        stage.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield stage
        finally:
            stage.over.set()
            server.shutdown()
            thread.join()


def _hang_up(line: socket.socket) -> None:
    with contextlib.suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
    line.close()


def _serve(handler: StreamRequestHandler, stage: RawServer, line: int) -> None:
    while asked := _read(handler, line):
        stage.asked.append(asked)
        answer = stage.play(asked)
        if isinstance(answer, bytes):
            handler.wfile.write(answer)
            continue
        for part in answer:
            if isinstance(part, bytes):
                handler.wfile.write(part)
            elif stage.over.wait(part):
                return
        return


def _read(handler: StreamRequestHandler, line: int) -> Asked | None:
    first = handler.rfile.readline().split()
    if len(first) < 2:
        return None
    headers: dict[str, str] = {}
    while (header := handler.rfile.readline().strip()) != b"":
        name, _, value = header.decode().partition(":")
        headers[name.lower()] = value.strip()
    body = handler.rfile.read(int(headers.get("content-length", 0)))
    return Asked(first[1].decode(), headers, json.loads(body or b"{}"), line)


def answer(body: Any, status: int = 200, **headers: str) -> bytes:
    """A whole answer; `body` may be bytes, or what JSON can say. `_` in a header's name is `-`."""
    packed = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(packed)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + packed


def token(text: str) -> bytes:
    return answer({"data": {"token": text}})
