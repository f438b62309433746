"""Runs over a network that fails: bounded in time, in the right class, the table as it was."""

import contextlib
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest

from tests.engine.gateway_calls import dripping_headers, silence
from tests.engine.raw_server import Asked, Part, Play, answer, raw_server, token
from tests.engine.tls import make_certificate, serving
from tests.faults.faculty import (
    GOOD,
    PEOPLE,
    TOKEN,
    Faculty,
    logs_in,
    sync,
)

pytestmark = pytest.mark.slow

NOBODY = "http://127.0.0.1:9"
HALF = b'HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n{"data":[{"nationalcode":"1"},'
TAKES_NO_PROXY = {"NO_PROXY": "", "no_proxy": ""}


def hangs_up(asked: Asked) -> Iterator[Part]:
    yield b""


def drips_a_good_answer(asked: Asked) -> Iterator[Part]:
    """In three seconds it would be whole; no single read waits for long."""
    whole = answer({"data": PEOPLE[1:], "totalPages": 1})
    step = len(whole) // 30 + 1
    for begin in range(0, len(whole), step):
        yield whole[begin : begin + step]
        yield 0.1


def stops_in_the_body(asked: Asked) -> Iterator[Part]:
    yield HALF
    yield 60


@contextmanager
def resetting_server() -> Iterator[str]:
    """Gives the token; of every other answer it sends a half and then an RST."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        Thread(target=_reset_all, args=(door,), daemon=True).start()
        yield f"http://127.0.0.1:{door.getsockname()[1]}"
        door.shutdown(socket.SHUT_RDWR)


def _reset_all(door: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            line, _ = door.accept()
            with line:
                asked = line.recv(65_536)
                while not asked.endswith(b"}"):
                    asked += line.recv(65_536)
                if asked.startswith(b"POST /Login"):
                    line.sendall(token(TOKEN))
                    continue
                line.sendall(HALF)
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


SLOW: dict[str, Play] = {
    "silent": logs_in(silence),
    "silent from the first": silence,
    "dripping headers": logs_in(dripping_headers),
    "dripping a body": logs_in(drips_a_good_answer),
    "stopping in a body": logs_in(stops_in_the_body),
}


@pytest.mark.parametrize("play", SLOW.values(), ids=SLOW)
def test_it_fails_in_time_and_leaves_the_table_when_the_gateway_is(
    faculty: Faculty, output: pytest.CaptureFixture[str], play: Play
) -> None:
    before = faculty.rows()

    told = sync(faculty, output, play, HAMGAM_CALL_TIMEOUT_S="0.5", HAMGAM_LOGIN_TIMEOUT_S="2")

    assert (told.status, told.error_class) == ("failed", "timeout")
    assert faculty.rows() == before


RUDE: dict[str, Play] = {
    "hangs up": logs_in(hangs_up),
    "talks something else": lambda asked: b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
}


@pytest.mark.parametrize("play", RUDE.values(), ids=RUDE)
def test_it_fails_and_leaves_the_table_when_the_gateway(
    faculty: Faculty, output: pytest.CaptureFixture[str], play: Play
) -> None:
    before = faculty.rows()

    told = sync(faculty, output, play)

    assert (told.status, told.error_class) == ("failed", "network")
    assert faculty.rows() == before


NOWHERE: dict[str, dict[str, str]] = {
    "nobody listens": {"HAMGAM_GATEWAY_URL": NOBODY},
    "no such host": {"HAMGAM_GATEWAY_URL": "http://gateway.invalid"},
    "a dead proxy": {
        "HAMGAM_GATEWAY_URL": "http://gateway.invalid",
        "HTTP_PROXY": "http://me:a-pass-word-that-nobody-says@127.0.0.1:9",
        **TAKES_NO_PROXY,
    },
}


@pytest.mark.parametrize("environ", NOWHERE.values(), ids=NOWHERE)
def test_it_fails_and_leaves_the_table_when_there_is(
    faculty: Faculty, output: pytest.CaptureFixture[str], environ: dict[str, str]
) -> None:
    before = faculty.rows()

    told = sync(faculty, output, GOOD, **environ)

    assert (told.status, told.error_class) == ("failed", "network")
    assert faculty.rows() == before


def test_it_sends_nothing_when_the_certificate_is_signed_by_nobody(
    faculty: Faculty, output: pytest.CaptureFixture[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    before = faculty.rows()
    certificate = make_certificate(tmp_path_factory.mktemp("tls"))
    with raw_server(GOOD, serving(certificate)) as server:
        told = sync(faculty, output, GOOD, HAMGAM_GATEWAY_URL=server.url)

    assert (told.status, told.error_class, server.asked) == ("failed", "network", [])
    assert "certificate" in told.message
    assert faculty.rows() == before


def test_it_fails_when_the_line_is_reset_in_mid_body(
    faculty: Faculty, output: pytest.CaptureFixture[str]
) -> None:
    before = faculty.rows()
    with resetting_server() as url:
        told = sync(faculty, output, GOOD, HAMGAM_GATEWAY_URL=url)

    assert (told.status, told.error_class) == ("failed", "network")
    assert faculty.rows() == before


def test_it_succeeds_when_the_gateway_drops_every_idle_line(
    faculty: Faculty, output: pytest.CaptureFixture[str]
) -> None:
    def one_page(asked: Asked) -> Iterator[Part]:
        page = asked.body["pageNumber"]
        yield answer({"data": PEOPLE[page * 10 - 10 : page * 10]})

    told = sync(faculty, output, logs_in(one_page), HAMGAM_TRIES="5")

    assert (told.status, told.counts["fetched"]) == ("success", 30)
    assert faculty.is_good
