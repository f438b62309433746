"""The client's plain calls, and the total deadline that bounds every one of them."""

import gzip
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from weakref import WeakSet

import pytest

from fetch_data.bounded import THREAD_NAME, Call, Crew
from fetch_data.gateway import Gateway
from sync_core.base.errors import (
    GatewayError,
    TooSlow,
    Unreachable,
)
from tests.engine.gateway_calls import (
    ENOUGH_S,
    HANGS_S,
    PAGE,
    PASSWORD,
    PATH,
    SECRET,
    after_login,
    ask,
    drip,
    dripping_body,
    dripping_headers,
    records,
    refused,
    settings,
    silence,
    until,
)
from tests.engine.raw_server import Asked, Part, Play, answer, raw_server


def test_it_reads_a_page_and_sends_the_token() -> None:
    with raw_server(after_login(lambda asked: answer(PAGE))) as server:
        page = ask(server.url)
    assert (records(page), page.total_pages) == ([{"id": 1}], 1)
    login, call = server.asked
    assert login.body == {"userName": "tester", "password": PASSWORD}
    assert "authorization" not in login.headers
    assert call.headers["authorization"] == f"Bearer {SECRET}"
    assert call.body == {"pageNumber": 1, "pageSize": 10}


def test_it_keeps_its_line_alive_between_calls() -> None:
    packed = answer(gzip.compress(json.dumps(PAGE).encode()), Content_Encoding="gzip")
    with (
        raw_server(after_login(lambda asked: packed)) as server,
        Gateway(settings(server.url)) as gateway,
    ):
        for _ in range(5):
            gateway.ask(PATH, {})
    assert server.lines == 1


def test_it_ignores_a_netrc_when_it_signs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with raw_server(after_login(lambda asked: answer(PAGE))) as server:
        ask(server.url)
    assert [asked.headers.get("authorization") for asked in server.asked] == [
        None,
        f"Bearer {SECRET}",
    ]


def dripping_chunk_sizes(asked: Asked) -> Iterator[Part]:
    return drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0")


def endless_continue(asked: Asked) -> Iterator[Part]:
    return drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n")


@pytest.mark.parametrize(
    "play", [silence, dripping_headers, dripping_body, dripping_chunk_sizes, endless_continue]
)
def test_it_gives_up_at_the_total_deadline_when_the_gateway_is(play: Play) -> None:
    begun = time.monotonic()
    error = refused(play, TooSlow, call_timeout_s=0.7)
    assert time.monotonic() - begun < ENOUGH_S
    assert error.retryable


def test_it_leaves_no_thread_behind_when_a_call_is_cut() -> None:
    with raw_server(after_login(dripping_headers)) as server:
        with pytest.raises(TooSlow):
            ask(server.url, call_timeout_s=0.5)
        # The server still drips: only a socket shut on our side ends the thread.
        assert until(lambda: all(t.name != "gateway call" for t in threading.enumerate()))


def test_it_ends_waiting_workers_at_once_when_closed() -> None:
    begun = threading.Event()

    def play(asked: Asked) -> bytes | Iterator[Part]:
        begun.set()
        return silence(asked)

    with raw_server(after_login(play)) as server, ThreadPoolExecutor(1) as pool:
        gateway = Gateway(settings(server.url, call_timeout_s=60))
        waiting = pool.submit(gateway.ask, PATH, {})
        assert begun.wait(ENOUGH_S)
        gateway.close()
        assert isinstance(waiting.exception(ENOUGH_S), Unreachable)


def test_it_ends_a_waiting_retry_at_once_when_closed() -> None:
    with (
        raw_server(after_login(lambda asked: answer({}, 503, Retry_After="50"))) as server,
        ThreadPoolExecutor(1) as pool,
    ):
        gateway = Gateway(settings(server.url, tries=5))
        waiting = pool.submit(gateway.ask, PATH, {})
        assert until(lambda: server.count(PATH) == 1)
        gateway.close()
        assert isinstance(waiting.exception(ENOUGH_S), GatewayError)


def gateway_threads() -> int:
    return sum(thread.name == THREAD_NAME for thread in threading.enumerate())


def test_it_uses_its_threads_again_and_ends_them_when_closed() -> None:
    with raw_server(after_login(lambda asked: answer(PAGE))) as server:
        with Gateway(settings(server.url)) as gateway:
            for _ in range(20):
                gateway.ask(PATH, {})
                # A call is answered a moment before its thread waits again.
                assert until(lambda: bool(gateway._crew._idle))
            assert 1 <= gateway_threads() <= 2
        assert until(lambda: gateway_threads() == 0)


def test_it_gives_a_call_a_thread_of_its_own_when_another_one_hangs() -> None:
    release, crew = threading.Event(), Crew()
    try:
        with pytest.raises(Unreachable, match="no connection"):
            Call(lambda: release.wait(HANGS_S), "A call that hangs").result(0.1, crew)
        assert [Call(lambda: 7, "Another").result(ENOUGH_S, crew) for _ in range(3)] == [7] * 3
        assert gateway_threads() >= 2
    finally:
        release.set()
        crew.close()
    assert until(lambda: gateway_threads() == 0)


class Answered:
    pass


def test_it_forgets_an_answer_when_its_thread_waits_for_another_call() -> None:
    crew, answers = Crew(), WeakSet[Answered]()

    def work() -> Answered:
        answers.add(made := Answered())
        return made

    Call(work, "A call").result(ENOUGH_S, crew)
    assert until(lambda: not answers)
    crew.close()
