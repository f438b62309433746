"""Runs against a gateway that answers wrongly: the right class, the table as it was, no secret."""

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.engine.raw_server import Asked, Part, Play, answer, raw_server, token
from tests.faults.faculty import (
    GOOD,
    PASSWORD,
    PEOPLE,
    TOKEN,
    Faculty,
    logs_in,
    pages,
    sync,
)

pytestmark = pytest.mark.slow

SAYS_ALL = {"message": f"{PASSWORD} {TOKEN}", "errors": {"token": TOKEN}}
RECORDS = json.dumps(PEOPLE).encode().strip(b"[]")
BOMB = gzip.compress(b'{"data":[' + b" " * 30_000_000 + b"]}", compresslevel=1)
MEGABYTE = "x" * 1_000_000


def among_others(record: bytes) -> Play:
    return pages(b'{"data":[' + record + b"," + RECORDS + b"]}")


def cut(asked: Asked) -> Iterator[Part]:
    yield b'HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n{"data":[' + RECORDS + b"]"


def aborted_chunk(asked: Asked) -> Iterator[Part]:
    yield b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n99999\r\n{"data":[' + RECORDS


def cut_without_length(asked: Asked) -> Iterator[Part]:
    yield b'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{"data":[' + RECORDS


def another_page_each_time(asked: Asked) -> bytes:
    record = {"nationalcode": str(asked.body["pageNumber"]), "name": "x" * 900_000}
    return answer({"data": [record]})


def refuses_the_login(asked: Asked) -> bytes:
    return answer({"message": asked.body}, status=401)


def gives_a_token_that_it_refuses(asked: Asked) -> bytes:
    return token(TOKEN) if asked.path == "/Login" else answer(SAYS_ALL, status=401)


def says(status: int, **headers: str) -> Play:
    return logs_in(lambda asked: answer(SAYS_ALL, status=status, **headers))


FAULTS: dict[str, tuple[Play, str]] = {
    "a web page": (pages(b"<!DOCTYPE html><p>Sign in"), "payload"),
    "nothing": (pages(b""), "payload"),
    "no data": (pages({"totalPages": 1}), "payload"),
    "data that is null": (pages({"data": None}), "payload"),
    "data that is text": (pages({"data": "[]"}), "payload"),
    "data that is an object": (pages({"data": {}}), "payload"),
    "errors with status 200": (pages({**SAYS_ALL, "data": PEOPLE}), "payload"),
    "an empty list after full ones": (pages({"data": []}), "shrink"),
    "a control character for a list": (pages(b'{"data":[\x0b]}'), "payload"),
    "a number among the records": (among_others(b"7"), "payload"),
    "a name twice": (among_others(b'{"nationalcode":"1","name":"a","name":"b"}'), "payload"),
    "deep nesting": (among_others(b'{"name":' + b"[" * 99 + b"]" * 99 + b"}"), "payload"),
    "NaN": (among_others(b'{"nationalcode":"1","id":NaN}'), "payload"),
    "no UTF-8": (among_others(b'{"nationalcode":"1","name":"\xd3"}'), "payload"),
    "a gzip bomb": (logs_in(lambda asked: answer(BOMB, Content_Encoding="gzip")), "payload"),
    "pages without end": (logs_in(another_page_each_time), "payload"),
    "pages that repeat": (pages({"data": PEOPLE, "totalPages": 3}), "payload"),
    "too few pages": (pages({"data": PEOPLE, "totalPages": 3}, {"data": []}), "payload"),
    "another count on each page": (
        pages({"data": PEOPLE, "totalPages": 2}, {"data": PEOPLE[:1], "totalPages": 5}),
        "payload",
    ),
    "a cut body": (logs_in(cut), "network"),
    "an aborted chunk": (logs_in(aborted_chunk), "network"),
    "a cut body of no length": (logs_in(cut_without_length), "network"),
    "401 at login": (refuses_the_login, "auth"),
    "401 for ever": (gives_a_token_that_it_refuses, "auth"),
    "403": (says(403), "gateway"),
    "429 for ever": (says(429, Retry_After="3600"), "gateway"),
    "503 for ever": (says(503), "gateway"),
    "a redirect": (says(302, Location=f"http://127.0.0.1:9/?token={TOKEN}"), "gateway"),
}


@pytest.mark.parametrize(("play", "error_class"), FAULTS.values(), ids=FAULTS)
def test_it_fails_and_leaves_the_table_when_it_is_sent(
    faculty: Faculty, output: pytest.CaptureFixture[str], play: Play, error_class: str
) -> None:
    before = faculty.rows()

    told = sync(faculty, output, play)

    assert (told.status, told.error_class) == ("failed", error_class)
    assert told.message
    assert faculty.rows() == before


def test_it_sends_its_token_to_no_other_host(
    faculty: Faculty, output: pytest.CaptureFixture[str]
) -> None:
    with raw_server(lambda asked: answer({"data": []})) as other:
        told = sync(faculty, output, says(307, Location=f"{other.url}/API/Golestan/Faculty"))

    assert (told.error_class, other.asked) == ("gateway", [])


def recovering(*troubles: bytes) -> Play:
    """Troubles one after the other, then the good people."""
    left = list(troubles)
    return logs_in(lambda asked: left.pop(0) if left else GOOD(asked))


WAITS = ("0", "0.01", "-5", "soon", "nan", "99999999", "Wed, 21 Oct 2015 07:28:00 GMT", "inf")


@pytest.mark.parametrize(
    "troubles",
    [
        [answer(SAYS_ALL, 429), *(answer(SAYS_ALL, 429, Retry_After=wait) for wait in WAITS)],
        [answer(SAYS_ALL, status) for status in (500, 502, 503, 504)],
    ],
    ids=["429 with every wait", "a burst of 5xx"],
)
def test_it_succeeds_when_the_gateway_recovers(
    faculty: Faculty, output: pytest.CaptureFixture[str], troubles: list[bytes]
) -> None:
    before = faculty.rows()

    told = sync(faculty, output, recovering(*troubles), HAMGAM_TRIES="12")

    assert (told.status, told.counts["fetched"], faculty.rows()) == ("success", 30, before)


def test_it_logs_in_again_when_the_token_expires_in_mid_run(
    faculty: Faculty, output: pytest.CaptureFixture[str]
) -> None:
    logins: list[str] = []

    def play(asked: Asked) -> bytes:
        if asked.path == "/Login":
            logins.append(f"{TOKEN}-{len(logins)}")
            return token(logins[-1])
        page = asked.body["pageNumber"]
        fresh = asked.headers["authorization"] == f"Bearer {TOKEN}-{page - 1}"
        return answer({"data": PEOPLE[page * 10 - 10 : page * 10]}) if fresh else answer({}, 401)

    told = sync(faculty, output, play)

    assert (told.status, told.counts["fetched"], len(logins)) == ("success", 30, 4)
    assert faculty.is_good


ODD: tuple[tuple[bytes, str | None, Any], ...] = (
    (b'{"nationalcode":51,"name":5}', "51", "5"),
    (b'{"nationalcode":"52"}', "52", None),
    (b'{"nationalcode":"53","extra":{"a":[1]},"name":"a"}', "53", "a"),
    (b'{"nationalcode":"54","name":"\\ud800x\\u0000"}', "54", "\ufffdx\ufffd"),
    (b'{"nationalcode":"55","name":"%s"}' % MEGABYTE.encode(), "55", MEGABYTE),
    (b'{"nationalcode":"56","name":1e400}', "56", "1e400"),
    (b'{"nationalcode":"57","name":"b"}', "57", "b"),
    (b'{"nationalcode":"57","name":"b"}', "57", "b"),
    (b'{"nationalcode":"57","name":"a"}', "57", "b"),
    (b'{"name":"nobody"}', None, "nationalcode is missing or is no code"),
    (b'{"nationalcode":{"a":1}}', None, "nationalcode is missing or is no code"),
    (b'{"nationalcode":"58","name":true}', None, "name holds true or false"),
    (b'{"nationalcode":"58","name":[[1]]}', None, "name holds a list"),
    (b'{"nationalcode":"58","sex":"north"}', None, "sex holds text where a whole number belongs"),
    (
        b'{"nationalcode":"58","id":' + b"9" * 40 + b"}",
        None,
        "id holds a number too large to store",
    ),
)
"""Records; the key and the name of the row, or why there is none."""


def test_it_stores_what_can_be_a_row_and_says_why_others_cannot(
    faculty: Faculty, output: pytest.CaptureFixture[str]
) -> None:
    sent = b",".join(record for record, *_ in ODD)

    told = sync(faculty, output, among_others(sent), HAMGAM_ANSWER_MAX_MB="4")

    assert told.status == "success"
    rows: dict[str, Any] = {str(person["nationalcode"]): person["name"] for person in PEOPLE}
    rows |= {key.zfill(10): name for _, key, name in ODD if key is not None}
    assert faculty.names() == rows
    assert faculty.rejects(told.counts["run_id"]) == [why for _, key, why in ODD if key is None]
    counts = told.counts
    assert (counts["fetched"], counts["inserted"], counts["unchanged"]) == (45, 7, 30)
    assert (counts["duplicates"], counts["stale"], counts["rejected"]) == (1, 1, 6)
