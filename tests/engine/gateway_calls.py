"""What the tests of the gateway's client share: settings, a login that works, odd servers."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from fetch_data.gateway import Gateway
from fetch_data.retry import Retry
from sync_core.base.errors import GatewayError
from sync_core.base.settings import Settings
from tests.engine.raw_server import Asked, Part, Play, RawServer, raw_server, token

PATH = "/API/Golestan/Faculty"


HANGS_S = 60
"""How long a gateway hangs that hangs."""

ENOUGH_S = 20
"""What is over by then did not wait for a gateway that hangs, however slow the machine."""

PASSWORD = "a pass word that nobody says"


SECRET = "tok-0123456789"


PAGE = {"data": [{"id": 1}], "totalPages": 1}


def settings(url: str, **changes: Any) -> Settings:
    values: dict[str, Any] = {
        "home": Path("unused"),
        "database_url": "",
        "data_url": "",
        "gateway_url": url,
        "gateway_user": "tester",
        "gateway_password": PASSWORD,
        "tries": 1,
        "call_timeout_s": 30.0,
        "connect_timeout_s": 10.0,
        "login_timeout_s": 30.0,
    }
    return Settings(**(values | changes))


def after_login(play: Play) -> Play:
    """Logs everyone in, and leaves the other calls to `play`."""
    return lambda asked: token(SECRET) if asked.path == "/Login" else play(asked)


def records(answer: Any) -> Any:
    """What the page of an answer holds, decoded."""
    return json.loads(answer.page.data)


def ask(url: str, **changes: Any) -> Any:
    with Gateway(settings(url, **changes)) as gateway:
        return gateway.ask(PATH, {"pageNumber": 1, "pageSize": 10})


def refused(play: Play, kind: type[GatewayError], **changes: Any) -> GatewayError:
    """The error of one call; every error is also checked for what it must not say."""
    with raw_server(after_login(play)) as server, pytest.raises(kind) as caught:
        ask(server.url, **changes)
    assert type(caught.value) is kind
    text = str(caught.value)
    assert len(caught.value.message) <= 300
    assert PASSWORD not in text
    assert SECRET not in text
    return caught.value


def drip(begin: bytes, piece: bytes) -> Iterator[Part]:
    yield begin
    while True:
        yield piece
        yield 0.2


def silence(asked: Asked) -> Iterator[Part]:
    yield HANGS_S


def dripping_headers(asked: Asked) -> Iterator[Part]:
    return drip(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x")


def dripping_body(asked: Asked) -> Iterator[Part]:
    return drip(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b" ")


def until(true: Callable[[], bool], limit_s: float = ENOUGH_S) -> bool:
    end = time.monotonic() + limit_s
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def together(workers: int, act: Callable[[], Any]) -> list[Any]:
    """What each worker got, or its gateway error, all of them let go at once."""
    barrier = threading.Barrier(workers)

    def work() -> Any:
        barrier.wait(ENOUGH_S)
        try:
            return act()
        except GatewayError as exc:
            return exc

    with ThreadPoolExecutor(workers) as pool:
        return [future.result(ENOUGH_S) for future in [pool.submit(work) for _ in range(workers)]]


def patient(server: RawServer, sleep: Callable[[float], object], **changes: Any) -> Any:
    """One call that may be repeated, its waits handed to `sleep`."""
    wanted = settings(server.url, **({"tries": 5} | changes))
    with Gateway(wanted, retry=Retry(wanted, threading.Event(), sleep=sleep)) as gateway:
        return gateway.ask(PATH, {})
