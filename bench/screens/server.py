"""A web server as a process of its own, and the processor time that it takes."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

import psutil

from bench import BenchFailed
from bench.gateway import ROOT

START_S = 120
END_S = 20
SETTLE_S = 0.3
"""Streamlit collects garbage after it has said that a script ended; that counts, too."""
PLAIN = Path(__file__).with_name("plain.py")


@dataclass(frozen=True)
class Server:
    url: str
    process: psutil.Process

    @property
    def websocket(self) -> str:
        return self.url.replace("http://", "ws://") + "/_stcore/stream"

    def cpu_s(self) -> float:
        """User and system time so far; what the server still has to do is waited for."""
        time.sleep(SETTLE_S)
        times = self.process.cpu_times()
        return float(times.user + times.system)


@contextmanager
def our_server(folder: Path, environ: Mapping[str, str]) -> Iterator[Server]:
    """The dashboard, as `serve` starts it."""
    port = _free_port()
    command = ["-m", "sync_core", "serve", "--port", str(port), "--until-stdin-closes"]
    with _serving(command, port, "/healthz", folder / "ours.log", environ, ROOT) as server:
        yield server


@contextmanager
def plain_server(folder: Path, environ: Mapping[str, str]) -> Iterator[Server]:
    """`streamlit run` with its defaults: no file of settings stands in the folder it starts in."""
    port = _free_port()
    # With an address it asks no other host what its own is.
    options = {"port": port, "address": "127.0.0.1", "headless": "true"}
    words = [f"--server.{name}={value}" for name, value in options.items()]
    command = ["-m", "streamlit", "run", str(PLAIN), *words]
    with _serving(command, port, "/_stcore/health", folder / "plain.log", environ, folder) as found:
        yield found


@contextmanager
def _serving(
    command: Sequence[str],
    port: int,
    health: str,
    log: Path,
    environ: Mapping[str, str],
    folder: Path,
) -> Iterator[Server]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=folder,
            env={**_environment(), **environ},
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
        )
    try:
        server = Server(f"http://127.0.0.1:{port}", psutil.Process(process.pid))
        _wait_until_it_answers(server.url + health, process)
        yield server
    except BenchFailed as exc:
        raise BenchFailed(f"{exc}\n{log.read_text(errors='replace')[-2000:]}") from exc
    finally:
        process.terminate()
        _end(process)


def _environment() -> dict[str, str]:
    return {name: text for name, text in os.environ.items() if not name.startswith("STREAMLIT_")}


def _wait_until_it_answers(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline, opener = time.monotonic() + START_S, build_opener(ProxyHandler({}))
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with opener.open(url, timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.05)
    raise BenchFailed("A server did not start.")


def _end(process: "subprocess.Popen[bytes]") -> None:
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdin:
        process.stdin.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
