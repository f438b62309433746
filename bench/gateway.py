"""The demo gateway as a process of its own, steered by its control; knows nothing of subjects."""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench.units import CAMPUSES, PASSWORD, TERMS, URL, USER

ROOT = Path(__file__).resolve().parents[1]
OPTIONS = {
    "campuses": CAMPUSES,
    "first-year": f"1{TERMS[0][:3]}",
    "last-term": TERMS[-1],
    "flaws": "on",
    "total-pages": "on",
    "cache-mb": 8_192,
}
WARM_TIMEOUT_S = 1_800
END_S = 10


class Gateway:
    def __init__(self, url: str, password: str) -> None:
        self.environ = {URL: url, USER: "bench", PASSWORD: password}
        self._host = urlsplit(url).netloc

    def control(self, **commands: Any) -> None:
        """Changes the running world; the commands stand in `fetch_data.demo.control`."""
        self._call("POST", "/demo/control", commands)

    def warm(self) -> None:
        """Every unit is computed and kept, so that no run waits for it."""
        self.control(warm=True)

    def campuses(self) -> bytes:
        return self._call("GET", "/demo/campuses.csv")

    def first_call_at(self) -> float:
        """When the first call after the last `reset_stats` came, in seconds of the epoch."""
        return float(json.loads(self._call("GET", "/demo/stats"))["first_call_at"])

    def _call(self, method: str, path: str, content: Mapping[str, Any] | None = None) -> bytes:
        connection = HTTPConnection(self._host, timeout=WARM_TIMEOUT_S)
        try:
            connection.request(method, path, json.dumps(content or {}).encode())
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        if answer.status != 200:
            raise RuntimeError(f"The demo gateway refused {path}: {body[:200]!r}")
        return body


@contextmanager
def running_gateway(records: int) -> Iterator[Gateway]:
    """Serves about that many student records; ends with the block, or with this process."""
    password = secrets.token_urlsafe(16)
    options = {**OPTIONS, "records": records}
    arguments = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    with subprocess.Popen(
        [sys.executable, "-m", "fetch_data.demo_gateway", *arguments, "--until-stdin-closes"],
        cwd=ROOT,
        env={**os.environ, USER: "bench", PASSWORD: password},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        try:
            line = process.stdout.readline() if process.stdout else b""
            if not line:
                raise RuntimeError(f"The demo gateway did not start: exit {process.wait(END_S)}.")
            yield Gateway(json.loads(line)["url"], password)
        finally:
            if process.stdin:
                process.stdin.close()
            _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        process.kill()
