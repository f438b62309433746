"""The demo gateway as a real process, for tests: started, steered and ended for sure."""

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

from fetch_data.demo.control import Control
from fetch_data.demo.people import World
from fetch_data.demo_gateway import PASSWORD, USER, parser, world_of

ROOT = Path(__file__).resolve().parents[2]
END_S = 10
CALL_S = 30
WARM_S = 600


class GatewayProcess:
    """`world` follows `control`, so it always computes what the gateway answers now."""

    def __init__(self, process: "subprocess.Popen[bytes]", password: str, world: World) -> None:
        self.process = process
        self.user = "tester"
        self.password = password
        self.url = _listening_url(process)
        self._mirror = Control(world)

    @property
    def world(self) -> World:
        return self._mirror.world

    @property
    def environ(self) -> dict[str, str]:
        """What a program of ours needs to reach this gateway."""
        return {"HAMGAM_GATEWAY_URL": self.url, USER: self.user, PASSWORD: self.password}

    def control(self, commands: Mapping[str, Any]) -> None:
        """Changes the running world; the commands stand in `fetch_data.demo.control`."""
        timeout_s = WARM_S if "warm" in commands else CALL_S
        status, answer = self.call("POST", "/demo/control", commands, timeout_s=timeout_s)
        if status != 200:
            raise ValueError(answer["message"])
        self._mirror.apply(dict(commands))

    def reset(self) -> None:
        """The world and the switches as at the start, counts at zero; tokens stay valid."""
        nobody: dict[str, list[str]] = {"studentnum": [], "terms": [], "nationalcode": []}
        calm = {"latency_ms": 0, "refuse_login": False, "html": False, "fail": []}
        world = {"revision": 0, "spread_revision": 0, "withdraw": nobody}
        self.control({**world, **calm, "reset_stats": True})

    def stats(self) -> dict[str, Any]:
        return dict(self.call("GET", "/demo/stats")[1])

    def login(self) -> str:
        """A fresh token."""
        given = {"userName": self.user, "password": self.password}
        return str(self.call("POST", "/Login", given)[1]["data"]["token"])

    def call(
        self,
        method: str,
        path: str,
        payload: Any = None,
        token: str = "",
        timeout_s: float = CALL_S,
    ) -> tuple[int, dict[str, Any]]:
        """One call on a connection of its own: status and the JSON of the answer."""
        body = json.dumps(payload).encode()
        status, _, body = self.raw_call(method, path, body, token, timeout_s)
        return status, json.loads(body)

    def raw_call(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        token: str = "",
        timeout_s: float = CALL_S,
    ) -> tuple[int, Mapping[str, str], bytes]:
        connection = HTTPConnection(urlsplit(self.url).netloc, timeout=timeout_s)
        try:
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, dict(answer.headers), answer.read()
        finally:
            connection.close()


@contextmanager
def running_gateway(**options: int | float | str | bool) -> Iterator[GatewayProcess]:
    """The options are the command's, with underscores; True and False are on and off.

    It ends with the block, and by itself when the test's process dies.
    """
    arguments = list(_arguments(options))
    password = secrets.token_urlsafe(16)
    process = _start([*arguments, "--until-stdin-closes"], password)
    try:
        yield GatewayProcess(process, password, world_of(parser().parse_args(arguments)))
    finally:
        _end(process)


def _arguments(options: Mapping[str, int | float | str | bool]) -> Iterator[str]:
    for name, value in options.items():
        yield f"--{name.replace('_', '-')}"
        yield ("off", "on")[value] if isinstance(value, bool) else str(value)


def _start(arguments: list[str], password: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "fetch_data.demo_gateway", *arguments],
        cwd=ROOT,
        env={**os.environ, USER: "tester", PASSWORD: password},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def _listening_url(process: "subprocess.Popen[bytes]") -> str:
    line = process.stdout.readline() if process.stdout else b""
    if not line:
        raise RuntimeError(f"The demo gateway did not start: exit {process.wait(END_S)}.")
    return str(json.loads(line)["url"])


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.stdin:
        process.stdin.close()
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(END_S)
    finally:
        if process.stdout:
            process.stdout.close()
