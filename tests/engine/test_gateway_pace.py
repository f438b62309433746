"""The client where calls may begin only so often."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from fetch_data.gateway import Gateway
from fetch_data.login import Login
from fetch_data.pace import Pace
from fetch_data.retry import Retry
from sync_core.base.errors import GatewayError, TooSlow, Unreachable
from tests.engine.gateway_calls import (
    ENOUGH_S,
    PAGE,
    PATH,
    after_login,
    records,
    settings,
    together,
    until,
)
from tests.engine.raw_server import Asked, Part, answer, raw_server, token


def test_it_takes_a_turn_for_each_call_login_and_retry() -> None:
    answers = [answer({}, 503), answer(PAGE), answer({}, 401), answer(PAGE)]
    turns: list[float] = []
    with raw_server(after_login(lambda asked: answers.pop(0))) as server:
        wanted = settings(server.url, tries=3)
        retry = Retry(wanted, threading.Event(), sleep=lambda wait_s: None)
        pace = Pace(2, threading.Event(), clock=lambda: 100.0, sleep=turns.append)
        with Gateway(wanted, retry=retry, pace=pace) as gateway:
            assert [records(gateway.ask(PATH, {})) for _ in range(2)] == [[{"id": 1}]] * 2
        assert len(server.asked) == 6
    assert turns == [0.5, 1.0, 1.5, 2.0, 2.5]


def test_it_spaces_the_calls_of_all_its_workers() -> None:
    begun: list[float] = []

    def play(asked: Asked) -> bytes:
        begun.append(time.monotonic())
        return token("t") if asked.path == "/Login" else answer(PAGE)

    with (
        raw_server(play) as server,
        Gateway(settings(server.url, requests_per_s=20)) as gateway,
    ):
        before = time.monotonic()
        outcomes = together(8, lambda: records(gateway.ask(PATH, {})))
    assert outcomes == [[{"id": 1}]] * 8
    assert all(at - before >= turn / 20 for turn, at in enumerate(sorted(begun)))


def test_it_leaves_a_call_its_whole_time_when_its_turn_was_late() -> None:
    def slow(asked: Asked) -> Iterator[Part]:
        yield 0.3
        yield answer(PAGE)

    with (
        raw_server(after_login(slow)) as server,
        Gateway(settings(server.url, requests_per_s=1, call_timeout_s=0.8)) as gateway,
    ):
        assert records(gateway.ask(PATH, {})) == [{"id": 1}]


def test_it_ends_those_that_wait_for_their_turn_when_closed() -> None:
    with (
        raw_server(after_login(lambda asked: answer(PAGE))) as server,
        ThreadPoolExecutor(4) as pool,
    ):
        gateway = Gateway(settings(server.url, requests_per_s=0.01))
        waiting = [pool.submit(gateway.ask, PATH, {}) for _ in range(4)]
        assert until(lambda: server.count("/Login") == 1)
        gateway.close()
        assert all(isinstance(one.exception(ENOUGH_S), GatewayError) for one in waiting)
        assert server.count(PATH) == 0


@pytest.mark.parametrize(("per_s", "tries"), [(0, 5), (1, 5), (0.25, 3), (0.1, 2), (0.05, 1)])
def test_it_gives_a_first_login_up_in_time_when_turns_are_rare(per_s: float, tries: int) -> None:
    now, asked = [0.0], list[float]()

    def sleep(wait_s: float) -> None:
        now[0] += wait_s

    def ask(timeout_s: float) -> str:
        asked.append(now[0])
        assert now[0] + timeout_s <= 12
        raise Unreachable("nobody", retryable=True)

    wanted = settings("", tries=5)
    stop = threading.Event()
    login = Login(
        ask,
        Retry(wanted, stop, clock=lambda: now[0], sleep=sleep, spread=lambda low, high: 0.5),
        Pace(per_s, stop, clock=lambda: now[0], sleep=sleep),
        login_timeout_s=15,
        call_timeout_s=60,
        clock=lambda: now[0],
    )
    with pytest.raises(Unreachable):
        login.token()
    assert len(asked) == tries
    assert now[0] < 12


def test_it_counts_no_turn_against_a_login_that_is_slow() -> None:
    with (
        raw_server(lambda asked: iter([60.0])) as server,
        Gateway(settings(server.url, requests_per_s=0.01, login_timeout_s=1)) as gateway,
    ):
        begun = time.monotonic()
        with pytest.raises(TooSlow):
            gateway.log_in()
        assert time.monotonic() - begun < ENOUGH_S
