"""The processes of the demo. Each holds our stdin pipe: it ends when we do, even by kill -9."""

import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from sync_core.base.clock import monotonic_s
from sync_core.base.errors import SyncError
from sync_core.cli.serve import LOOPBACK

START_LIMIT_S = 60
END_LIMIT_S = 10


@contextmanager
def demo_gateway(root: Path, arguments: Sequence[str]) -> Iterator[str]:
    """The address of a demo gateway that lives as long as the block."""
    command = ["-m", "fetch_data.demo_gateway", "--until-stdin-closes", *arguments]
    with _child(command, root, stdout=subprocess.PIPE) as process:
        line = process.stdout.readline() if process.stdout else b""
        if not line:
            raise SyncError("The demo gateway did not start.", hint="Its words stand above.")
        yield str(json.loads(line)["url"])


@contextmanager
def dashboard(root: Path, port: int, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = ["-m", "sync_core", "serve", "--until-stdin-closes", f"--port={port}"]
    with log.open("ab") as file, _child(command, root, stdout=file, stderr=file) as process:
        yield process


@contextmanager
def _child(
    command: Sequence[str],
    folder: Path,
    *,
    stdout: int | IO[bytes],
    stderr: IO[bytes] | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(  # noqa: S603 - our own modules and numbers
        [sys.executable, *command],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=stdout,
        stderr=stderr,
    )
    try:
        yield process
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Its stdin closes, which tells it to end; what does not listen is killed."""
    with suppress(OSError):
        _close(process.stdin)
    try:
        process.wait(END_LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    _close(process.stdout)


def _close(pipe: IO[bytes] | None) -> None:
    if pipe is not None:
        pipe.close()


def free_port(wanted: int) -> int:
    """`wanted`, or the next one that nobody listens on."""
    for port in range(wanted, min(wanted + 100, 65_536)):
        with socket.socket() as probe, suppress(OSError):
            if sys.platform != "win32":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((LOOPBACK, port))
            return port
    raise SyncError(f"No port from {wanted} on is free.", hint="Give another --port.")


def wait_until_served(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Raises SyncError where the dashboard ends or stays silent."""
    deadline = monotonic_s() + START_LIMIT_S
    while monotonic_s() < deadline and process.poll() is None:
        with suppress(OSError, http.client.HTTPException):
            status, _body = fetch(f"http://{LOOPBACK}:{port}/healthz")
            if status == http.client.OK:
                return
        time.sleep(0.1)
    raise SyncError("The dashboard does not answer.", hint=f"Why is in {log}.")


def fetch(url: str) -> tuple[int, bytes]:
    """GET on loopback: not urllib, which would ask a proxy of the environment."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or LOOPBACK, parts.port, timeout=10)
    try:
        connection.request("GET", parts.path)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()
