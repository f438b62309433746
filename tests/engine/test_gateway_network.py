"""The client when the network fails: cut bodies, nobody there, TLS, proxies, dropped lines."""

import gzip
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fetch_data.gateway import Gateway
from fetch_data.probe import probe
from fetch_data.retry import Retry
from sync_core.base.errors import (
    TooSlow,
    Unreachable,
)
from tests.engine.gateway_calls import (
    ENOUGH_S,
    HANGS_S,
    PAGE,
    PATH,
    SECRET,
    after_login,
    ask,
    dripping_body,
    dripping_headers,
    patient,
    records,
    refused,
    settings,
    silence,
    together,
    until,
)
from tests.engine.raw_server import Asked, Part, Play, answer, raw_server, token
from tests.engine.tls import make_certificate, serving


def cut_body(asked: Asked) -> Iterator[Part]:
    yield b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"data": ['


def aborted_chunk(asked: Asked) -> Iterator[Part]:
    yield b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{"data": ['


def no_last_chunk(asked: Asked) -> Iterator[Part]:
    yield b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n{"data": []\r\n'


def cut_without_a_length(asked: Asked) -> Iterator[Part]:
    yield b'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{"data": [{"id": 1}'


def cut_gzip(asked: Asked) -> bytes:
    return answer(gzip.compress(json.dumps(PAGE).encode())[:-9], Content_Encoding="gzip")


def hung_up(asked: Asked) -> Iterator[Part]:
    yield b""


@pytest.mark.parametrize(
    "play", [cut_body, aborted_chunk, no_last_chunk, cut_without_a_length, cut_gzip, hung_up]
)
def test_it_calls_it_a_network_fault_when_the_answer_is(play: Play) -> None:
    assert refused(play, Unreachable).retryable


def test_it_closes_its_line_when_an_answer_was_bad_and_the_error_is_kept() -> None:
    with raw_server(after_login(cut_gzip)) as server:
        with pytest.raises(Unreachable) as kept:
            ask(server.url)
        assert until(lambda: not server.open)
        assert kept.value.__traceback__ is not None


def test_it_reads_the_page_when_a_second_try_is_whole() -> None:
    plays: list[Play] = [cut_body, aborted_chunk, lambda asked: answer(PAGE)]
    with raw_server(after_login(lambda asked: plays.pop(0)(asked))) as server:
        page = patient(server, lambda wait_s: None)
    assert records(page) == [{"id": 1}]


def test_it_reports_a_network_fault_in_time_when_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        begun = time.monotonic()
        with pytest.raises(Unreachable):
            ask(url, tries=50, login_timeout_s=1.5)
    assert time.monotonic() - begun < ENOUGH_S


def test_it_reports_a_network_fault_when_the_name_is_unknown() -> None:
    with pytest.raises(Unreachable):
        ask("http://gateway.invalid", login_timeout_s=3)


def test_it_reports_no_connection_as_network_when_a_name_server_is_silent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    release = threading.Event()

    def silent(*args: Any, **kwargs: Any) -> Any:
        release.wait(HANGS_S)
        raise socket.gaierror(socket.EAI_AGAIN, "silent")

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    begun = time.monotonic()
    try:
        with pytest.raises(Unreachable):
            ask("http://gateway.invalid", login_timeout_s=1)
        assert time.monotonic() - begun < ENOUGH_S
    finally:
        release.set()
        for thread in threading.enumerate():
            if thread.name == "gateway call":
                thread.join(ENOUGH_S)


def test_it_fails_for_all_workers_at_once_when_the_first_login_finds_nobody() -> None:
    with raw_server(silence) as server, Gateway(settings(server.url, login_timeout_s=1)) as gateway:
        begun = time.monotonic()
        errors = together(8, lambda: gateway.ask(PATH, {}))
        assert time.monotonic() - begun < ENOUGH_S
    assert {type(error) for error in errors} == {TooSlow}
    assert server.count("/Login") == 1


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("tls"))


def test_it_sends_nothing_when_the_certificate_is_signed_by_nobody(certificate: Path) -> None:
    play = after_login(lambda asked: answer(PAGE))
    with raw_server(play, serving(certificate)) as server:
        with pytest.raises(Unreachable, match="certificate") as caught:
            ask(server.url, tries=5)
        assert (server.asked, caught.value.retryable) == ([], False)
        assert [step.name for step in probe(settings(server.url))] == ["dns", "tcp", "tls"]


def test_it_speaks_tls_when_the_authority_is_named(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with raw_server(after_login(lambda asked: answer(PAGE)), serving(certificate)) as server:
        assert records(ask(server.url)) == [{"id": 1}]
        assert all(step.ok for step in probe(settings(server.url)))


@pytest.mark.parametrize("play", [silence, dripping_headers, dripping_body])
def test_it_gives_up_at_the_total_deadline_under_tls_when_the_gateway_is(
    play: Play, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with raw_server(after_login(play), serving(certificate)) as server:
        begun = time.monotonic()
        with pytest.raises(TooSlow):
            ask(server.url, call_timeout_s=0.7)
        assert time.monotonic() - begun < ENOUGH_S
        assert until(lambda: all(t.name != "gateway call" for t in threading.enumerate()))


def test_it_gives_up_in_time_when_a_tls_greeting_is_never_answered() -> None:
    with raw_server(silence) as server:
        begun = time.monotonic()
        with pytest.raises((TooSlow, Unreachable)):
            ask(server.url.replace("http:", "https:"), login_timeout_s=1)
        assert time.monotonic() - begun < ENOUGH_S


def test_it_uses_the_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with raw_server(lambda asked: token(SECRET)) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        with Gateway(settings("http://gateway.invalid")) as gateway:
            gateway.log_in()
    assert proxy.asked[0].path == "http://gateway.invalid/Login"


def test_it_reports_a_network_fault_when_the_proxy_is_dead(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HTTP_PROXY", f"http://me:word@127.0.0.1:{taken.getsockname()[1]}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        with pytest.raises(Unreachable, match="proxy") as caught:
            ask("http://gateway.invalid")
    assert "word" not in str(caught.value)


def test_it_opens_a_new_line_when_an_idle_one_was_dropped() -> None:
    def play(asked: Asked) -> Iterator[Part]:
        yield answer(PAGE)

    with raw_server(after_login(play)) as server:
        wanted = settings(server.url, tries=3)
        patience = Retry(wanted, threading.Event(), sleep=lambda wait_s: None)
        with Gateway(wanted, retry=patience) as gateway:
            assert [records(gateway.ask(PATH, {})) for _ in range(3)] == [[{"id": 1}]] * 3
