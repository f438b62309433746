"""The gateway client against servers that do what gateways and networks do."""

import gzip
import json
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from fetch_data.gateway import Gateway
from fetch_data.probe import probe
from fetch_data.retry import Retry
from sync_core.base.errors import (
    AuthRefused,
    BadPayload,
    ConfigError,
    GatewayError,
    GatewayFault,
    TooSlow,
    Unreachable,
)
from sync_core.base.settings import Settings
from tests.engine.raw_server import Asked, Part, Play, RawServer, answer, raw_server, token

PATH = "/API/Golestan/Faculty"
PASSWORD = "a pass word that nobody says"
SECRET = "tok-0123456789"
PAGE = {"data": [{"id": 1}], "totalPages": 1}


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def settings(url: str, **changes: Any) -> Settings:
    values: dict[str, Any] = {
        "home": Path("unused"),
        "database_url": "",
        "data_url": "",
        "gateway_url": url,
        "gateway_user": "tester",
        "gateway_password": PASSWORD,
        "tries": 1,
        "call_timeout_s": 5.0,
        "connect_timeout_s": 2.0,
        "login_timeout_s": 5.0,
    }
    return Settings(**(values | changes))


def after_login(play: Play) -> Play:
    """Logs everyone in, and leaves the other calls to `play`."""
    return lambda asked: token(SECRET) if asked.path == "/Login" else play(asked)


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


def test_it_reads_a_page_and_sends_the_token() -> None:
    with raw_server(after_login(lambda asked: answer(PAGE))) as server:
        page = ask(server.url)
    assert (page.data, page.total_pages) == ([{"id": 1}], 1)
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


# Deadlines


def silence(asked: Asked) -> Iterator[Part]:
    yield 60


def dripping_headers(asked: Asked) -> Iterator[Part]:
    return drip(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x")


def dripping_body(asked: Asked) -> Iterator[Part]:
    return drip(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b" ")


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
    assert time.monotonic() - begun < 1.7
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
        assert begun.wait(5)
        gateway.close()
        assert isinstance(waiting.exception(2), Unreachable)


def test_it_ends_a_waiting_retry_at_once_when_closed() -> None:
    with (
        raw_server(after_login(lambda asked: answer({}, 503, Retry_After="50"))) as server,
        ThreadPoolExecutor(1) as pool,
    ):
        gateway = Gateway(settings(server.url, tries=5))
        waiting = pool.submit(gateway.ask, PATH, {})
        assert until(lambda: server.count(PATH) == 1)
        gateway.close()
        assert isinstance(waiting.exception(2), GatewayError)


def until(true: Callable[[], bool], limit_s: float = 5) -> bool:
    end = time.monotonic() + limit_s
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


# The network


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
    assert page.data == [{"id": 1}]


def test_it_reports_a_network_fault_in_time_when_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        begun = time.monotonic()
        with pytest.raises(Unreachable):
            ask(url, tries=5, login_timeout_s=1.5)
    assert time.monotonic() - begun < 1.5


def test_it_reports_a_network_fault_when_the_name_is_unknown() -> None:
    with pytest.raises(Unreachable):
        ask("http://gateway.invalid", login_timeout_s=3)


def test_it_reports_no_connection_as_network_when_a_name_server_is_silent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    release = threading.Event()

    def silent(*args: Any, **kwargs: Any) -> Any:
        release.wait(20)
        raise socket.gaierror(socket.EAI_AGAIN, "silent")

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    begun = time.monotonic()
    try:
        with pytest.raises(Unreachable):
            ask("http://gateway.invalid", login_timeout_s=1)
        assert time.monotonic() - begun < 1
    finally:
        release.set()
        for thread in threading.enumerate():
            if thread.name == "gateway call":
                thread.join(5)


def test_it_fails_for_all_workers_at_once_when_the_first_login_finds_nobody() -> None:
    with raw_server(silence) as server, Gateway(settings(server.url, login_timeout_s=1)) as gateway:
        begun = time.monotonic()
        errors = together(8, lambda: gateway.ask(PATH, {}))
        assert time.monotonic() - begun < 1.5
    assert {type(error) for error in errors} == {TooSlow}
    assert server.count("/Login") == 1


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and certificate of 127.0.0.1 in one file, signed by nobody."""
    program = shutil.which("openssl")
    if not program:
        pytest.skip("No openssl: install the package openssl.")
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    command = [program, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += [
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=127.0.0.1",
        "-keyout",
        str(file),
        "-out",
        str(file),
    ]
    command += ["-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(command, check=True, capture_output=True)
    return file


def serving(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # Both are in one file, the key first or last as the program likes it.
    context.load_cert_chain(certificate, certificate)
    return context


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
        assert ask(server.url).data == [{"id": 1}]
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
        assert time.monotonic() - begun < 1.7
        assert until(lambda: all(t.name != "gateway call" for t in threading.enumerate()))


def test_it_gives_up_in_time_when_a_tls_greeting_is_never_answered() -> None:
    with raw_server(silence) as server:
        begun = time.monotonic()
        with pytest.raises((TooSlow, Unreachable)):
            ask(server.url.replace("http:", "https:"), login_timeout_s=1)
        assert time.monotonic() - begun < 1


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
            assert [gateway.ask(PATH, {}).data for _ in range(3)] == [[{"id": 1}]] * 3


# Login


def test_it_logs_in_once_for_eight_workers_when_the_token_expires() -> None:
    lock, state = threading.Lock(), {"logins": 0, "calls": 0}

    def play(asked: Asked) -> bytes:
        with lock:
            if asked.path == "/Login":
                state["logins"] += 1
                return token(f"t{state['logins']}")
            state["calls"] += 1
            expired = state["calls"] > 20 and asked.headers["authorization"] == "Bearer t1"
            return answer({}, 401) if expired else answer(PAGE)

    with raw_server(play) as server, Gateway(settings(server.url)) as gateway:
        gateway.ask(PATH, {})
        outcomes = together(8, lambda: [gateway.ask(PATH, {}).data for _ in range(10)])
    assert outcomes == [[[{"id": 1}]] * 10] * 8
    assert server.count("/Login") == 2


@pytest.mark.parametrize("life", [3, 8, 20])
def test_it_goes_on_when_tokens_live_for_few_calls(life: int) -> None:
    lock, uses = threading.Lock(), dict[str, int]()

    def play(asked: Asked) -> bytes:
        with lock:
            if asked.path == "/Login":
                uses[f"Bearer t{len(uses)}"] = 0
                return token(f"t{len(uses) - 1}")
            sign = asked.headers["authorization"]
            uses[sign] += 1
            return answer({}, 401) if uses[sign] > life else answer(PAGE)

    with raw_server(play) as server, Gateway(settings(server.url)) as gateway:
        outcomes = together(2, lambda: [gateway.ask(PATH, {}).data for _ in range(20)])
    assert outcomes == [[[{"id": 1}]] * 20] * 2


@pytest.mark.parametrize("refusal", [400, 401, 403])
def test_it_asks_no_second_time_when_the_login_is_refused(refusal: int) -> None:
    body = {"message": PASSWORD, "errors": {"password": [PASSWORD]}}
    with raw_server(lambda asked: answer(body, refusal)) as server:
        with Gateway(settings(server.url, tries=5)) as gateway:
            errors = together(8, lambda: gateway.ask(PATH, {}))
            assert {type(error) for error in errors} == {AuthRefused}
            assert isinstance(together(1, lambda: gateway.ask(PATH, {}))[0], AuthRefused)
        assert not any(PASSWORD in str(error) for error in errors)
        assert server.count("/Login") == 1


def test_it_is_refused_when_a_login_gives_an_error_with_status_200() -> None:
    for body in ({"data": None, "message": "wrong"}, {"data": {}, "errors": ["no"]}):
        with raw_server(lambda asked, body=body: answer(body)) as server:  # type: ignore[misc]
            with pytest.raises(AuthRefused):
                ask(server.url, tries=5)
            assert server.count("/Login") == 1


@pytest.mark.parametrize("body", [{}, {"data": {"token": 7}}, {"data": {"token": "a\nb"}}, []])
def test_it_calls_it_payload_when_a_login_gives_no_token(body: Any) -> None:
    with raw_server(lambda asked: answer(body)) as server, pytest.raises(BadPayload):
        ask(server.url, tries=5)


def test_it_is_refused_when_a_token_never_works() -> None:
    with raw_server(after_login(lambda asked: answer({}, 401))) as server:
        with pytest.raises(AuthRefused, match="just issued"):
            ask(server.url, tries=5)
        assert (server.count("/Login"), server.count(PATH)) == (1, 1)


def test_it_ends_when_one_call_is_unauthorized_for_ever() -> None:
    def play(asked: Asked) -> bytes:
        return answer(PAGE) if asked.body else answer({}, 401)

    with raw_server(after_login(play)) as server, Gateway(settings(server.url)) as gateway:
        gateway.ask(PATH, {"pageNumber": 1})
        with pytest.raises(AuthRefused):
            gateway.ask(PATH, {})
        assert gateway.ask(PATH, {"pageNumber": 2}).data
        assert server.count("/Login") <= 2


def test_it_names_the_setting_when_no_address_is_set() -> None:
    with pytest.raises(ConfigError, match="HAMGAM_GATEWAY_URL"):
        ask("")


# Statuses


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_it_is_worth_a_retry_when_the_gateway_is_busy(status: int) -> None:
    assert refused(lambda asked: answer({}, status), GatewayFault).retryable


@pytest.mark.parametrize("status", [400, 403, 404, 418, 501])
def test_it_is_final_when_the_gateway_says_no(status: int) -> None:
    error = refused(lambda asked: answer({"message": SECRET}, status), GatewayFault, tries=5)
    assert not error.retryable
    assert str(status) in error.message


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_it_keeps_the_token_when_sent_to_another_host(status: int) -> None:
    with raw_server(lambda asked: answer(PAGE)) as thief:
        to = f"{thief.url.replace('//', '//user:word@')}/take?token={SECRET}"
        error = refused(lambda asked: answer({}, status, Location=to), GatewayFault)
        assert not thief.asked
    assert "127.0.0.1" in error.message
    assert "word" not in error.message


def patient(server: RawServer, sleep: Callable[[float], object], **changes: Any) -> Any:
    """One call that may be repeated, its waits handed to `sleep`."""
    wanted = settings(server.url, **({"tries": 5} | changes))
    with Gateway(wanted, retry=Retry(wanted, threading.Event(), sleep=sleep)) as gateway:
        return gateway.ask(PATH, {})


@pytest.mark.parametrize(
    ("header", "low", "high"),
    [
        ("7", 7, 7),
        ("2.5", 2.5, 2.5),
        ("0", 0, 1),
        ("-30", 0, 1),
        ("99999999999", 60, 60),
        ("1e999", 60, 60),
        ("nan", 0, 1),
        ("soon", 0, 1),
        ("Wed, 99 Foo 2026", 0, 1),
    ],
)
def test_it_waits_as_asked_when_told_to_retry_after(header: str, low: float, high: float) -> None:
    answers = [answer({}, 429, Retry_After=header), answer(PAGE)]
    waits: list[float] = []
    with raw_server(after_login(lambda asked: answers.pop(0))) as server:
        assert patient(server, waits.append).data == [{"id": 1}]
    assert len(waits) == 1
    assert low <= waits[0] <= high


@pytest.mark.parametrize(("away_s", "low", "high"), [(30, 20, 30), (-9, 0, 1), (9_999, 60, 60)])
def test_it_waits_until_a_date_when_told_one(away_s: float, low: float, high: float) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=away_s), usegmt=True)
    test_it_waits_as_asked_when_told_to_retry_after(date, low, high)


def test_it_stops_after_its_tries_and_backs_off_between_them() -> None:
    waits: list[float] = []
    with raw_server(after_login(lambda asked: answer({}, 503))) as server:
        with pytest.raises(GatewayFault):
            patient(server, waits.append, tries=4)
        assert server.count(PATH) == 4
    assert len(waits) == 3
    assert all(0 <= wait_s <= 2**n for n, wait_s in enumerate(waits))


def test_it_stops_when_the_waiting_of_the_run_is_used_up() -> None:
    waits: list[float] = []
    busy = answer({}, 429, Retry_After="40")
    with raw_server(after_login(lambda asked: busy)) as server, pytest.raises(GatewayFault):
        patient(server, waits.append, tries=20, retry_budget_s=100)
    assert waits == [40, 40]


# What is in the answer


@pytest.mark.parametrize(
    "body",
    [
        b"<!DOCTYPE html><p>Sign in</p>",
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"{}",
        b'{"data": null}',
        b'{"data": "none"}',
        b'{"data": {}}',
        b'{"data": [1]}',
        b'{"data": [null]}',
        b'{"data": [{"id": NaN}]}',
        b'{"data": [{"id": -Infinity}]}',
        b'{"data": [{"id": 1, "id": 2}]}',
        b'{"data": [], "data": [{"id": 1}]}',
        b'{"data": [{"a": {"b": 1, "b": 2}}]}',
        b'{"data": [{"a": ' + b"[" * 3000 + b"]" * 3000 + b"}]}",
        b'{"data": [{"a": ' + b"[" * 30 + b"]" * 30 + b"}]}",
        b'{"data": [], "totalPages": -1}',
        b'{"data": [], "totalPages": true}',
        b'{"data": [], "totalPages": 1.5}',
        b'{"data": [], "totalPages": "many"}',
        b'{"data": [], "errors": ["no"]}',
        b'{"data": [{"name": "\xd3\xe1\xc7\xe3"}]}',
        b'{"data": [{"id": 1}',
    ],
)
def test_it_calls_it_payload_when_the_body_is(body: bytes) -> None:
    error = refused(lambda asked: answer(body), BadPayload, tries=5)
    assert not error.retryable


@pytest.mark.parametrize(
    ("body", "data"),
    [
        (b'\xef\xbb\xbf{"data": [{"a": "b"}]}', [{"a": "b"}]),
        (b'{"data": [{"a": "\\ud800x\\u0000"}]}', [{"a": "\ufffdx\ufffd"}]),
        (b'{"data": [{"a": "\\u0000"}]}', [{"a": "\ufffd"}]),
        (b'{"data": [{"a": "\\ud83d\\ude00"}]}', [{"a": "\U0001f600"}]),
        (b'{"data": [{"a": "say \\":\\" {["}]}', [{"a": 'say ":" {['}]),
        (b'{"data" : [{"a" : [1, {"b": null}]}]}', [{"a": [1, {"b": None}]}]),
        (b'{"data": [{"a": 1e400}]}', [{"a": "1e400"}]),
        (b'{"data": [], "totalPages": "3", "errors": {}}', []),
    ],
)
def test_it_reads_what_is_odd_but_legal(body: bytes, data: Any) -> None:
    with raw_server(after_login(lambda asked: answer(body))) as server:
        assert ask(server.url).data == data


def test_it_counts_characters_that_it_replaced() -> None:
    body = b'{"data": [{"a": "\\ud800\\u0000\xef\xbf\xbd"}]}'
    with raw_server(after_login(lambda asked: answer(body))) as server:
        assert ask(server.url).replaced == 2


BOMB = gzip.compress(b'{"data": [' + b" " * 20_000_000 + b"]}", compresslevel=1)


def bomb(asked: Asked) -> bytes:
    return answer(BOMB, Content_Encoding="gzip")


def endless(asked: Asked) -> Iterator[Part]:
    yield b"HTTP/1.1 200 OK\r\n\r\n"
    while True:
        yield b" " * 65536


def not_gzip(asked: Asked) -> bytes:
    return answer(PAGE, Content_Encoding="gzip")


def unasked_packing(asked: Asked) -> bytes:
    return answer(PAGE, Content_Encoding="br")


@pytest.mark.parametrize("play", [bomb, endless, not_gzip, unasked_packing])
def test_it_refuses_a_body_that_is(play: Play) -> None:
    error = refused(play, BadPayload, answer_max_bytes=1_000_000)
    assert not error.retryable


def test_it_reads_gzip_of_several_members() -> None:
    text = json.dumps(PAGE).encode()
    packed = gzip.compress(text[:9]) + gzip.compress(text[9:])
    play = after_login(lambda asked: answer(packed, Content_Encoding="gzip"))
    with raw_server(play) as server:
        assert ask(server.url).data == [{"id": 1}]


# The probe


def test_it_probes_every_step_when_all_is_well() -> None:
    with raw_server(after_login(lambda asked: answer(PAGE))) as server:
        steps = list(probe(settings(server.url)))
    assert [step.name for step in steps] == ["dns", "tcp", "login", "page"]
    assert all(step.ok and step.duration_s >= 0 for step in steps)
    assert server.asked[-1].body == {"pageNumber": 1, "pageSize": 1}


def test_it_stops_the_probe_at_the_step_that_fails() -> None:
    with raw_server(lambda asked: answer({}, 401)) as server:
        steps = list(probe(settings(server.url)))
    assert [(step.name, step.ok) for step in steps][-1] == ("login", False)
    assert "HAMGAM_GATEWAY_PASSWORD" in steps[-1].hint


def test_it_says_so_in_the_probe_when_tls_fails() -> None:
    with raw_server(lambda asked: answer({})) as server:
        steps = list(probe(settings(server.url.replace("http:", "https:"), connect_timeout_s=0.5)))
    assert (steps[-1].name, steps[-1].ok) == ("tls", False)


def test_it_probes_nothing_when_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        steps = list(probe(settings(f"http://127.0.0.1:{taken.getsockname()[1]}")))
    assert [(step.name, step.ok) for step in steps] == [("dns", True), ("tcp", False)]


def together(workers: int, act: Callable[[], Any]) -> list[Any]:
    """What each worker got, or its gateway error, all of them let go at once."""
    barrier = threading.Barrier(workers)

    def work() -> Any:
        barrier.wait(5)
        try:
            return act()
        except GatewayError as exc:
            return exc

    with ThreadPoolExecutor(workers) as pool:
        return [future.result(20) for future in [pool.submit(work) for _ in range(workers)]]
