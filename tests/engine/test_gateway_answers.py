"""What the client makes of bodies: odd, broken, hostile, packed."""

import gzip
import json
import logging
import zlib
from collections.abc import Iterator
from typing import Any

import pytest

from fetch_data.gateway import Gateway
from sync_core.base.errors import BadPayload, GatewayError, GatewayFault, Unreachable
from sync_core.base.strict_json import TEXT_MAX
from tests.engine.gateway_calls import PAGE, PATH, after_login, ask, records, refused, settings
from tests.engine.raw_server import Asked, Part, Play, answer, raw_server

MIB = 1024 * 1024


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<!DOCTYPE html><p>Sign in</p>", "it is a web page"),
        (b"\xef\xbb\xbf\n <html></html>", "it is a web page"),
        (b"", "it is no JSON"),
        (b"null", "it is no JSON object"),
        (b"[]", "it is no JSON object"),
        (b'"text"', "it is no JSON object"),
        (b"{}", "it has no list in 'data'"),
        (b'{"data": null}', "it has no list in 'data'"),
        (b'{"data": "none"}', "it has no list in 'data'"),
        (b'{"data": "[]"}', "it has no list in 'data'"),
        (b'{"data": {}}', "it has no list in 'data'"),
        (b'{"Data": []}', "it has no list in 'data'"),
        (b'{"x": {"data": [{"id": 1}]}}', "it has no list in 'data'"),
        (b'{"data": [{"id": NaN}], "x": []}', "it holds NaN or Infinity"),
        (b'{"data": [{"id": -Infinity}], "x": []}', "it holds NaN or Infinity"),
        (b'{"data": [], "x": NaN}', "it holds NaN or Infinity"),
        (b'{"data": [], "data": [{"id": 1}]}', "a key stands twice"),
        (b'{"data": [{"id": 1}], "data": [{"id": 1}]}', "a key stands twice"),
        (b'{"data": null, "x": [1], "data": [1]}', "a key stands twice"),
        (b'{"data": [1], "d\\u0061ta": null}', "a key stands twice"),
        (b'{"data": [], "totalPages": 1, "totalPages": 2}', "a key stands twice"),
        (b'{"data": [], "x": {"b": 1, "b": 2}}', "a key stands twice"),
        (b'{"data": [{"a": ' + b"[" * 3000 + b"]" * 3000 + b"}]}", "it is nested too deeply"),
        (b'{"data": [], "x": ' + b"[" * 30 + b"]" * 30 + b"}", "it is nested too deeply"),
        (b'{"data": [], "totalPages": -1}', "'totalPages' is no count"),
        (b'{"data": [], "totalPages": true}', "'totalPages' is no count"),
        (b'{"data": [], "totalPages": 1.5}', "'totalPages' is no count"),
        (b'{"data": [], "totalPages": "many"}', "'totalPages' is no count"),
        (b'{"totalPages": [{"id": 1}], "data": [{"id": 1}]}', "'totalPages' is no count"),
        (b'{"data": [], "errors": ["no"]}', "it reports errors"),
        (b'{"errors": ["no"], "data": null}', "it reports errors"),
        (b'{"errors": [{"id": 1}], "data": [{"id": 1}]}', "it reports errors"),
        (b'{"data": [{"id": 1}', "it is no JSON"),
        (b'{"data": [{"id": 1}]', "it is no JSON"),
        (b'{"data": [{"id": 1}]}}', "it is no JSON"),
        (b'{"data": [{"id": 1},], "x": []}', "it is no JSON"),
        (b'{"data": [], "message": "\xd3\xe1"}', "it is no JSON"),
    ],
)
def test_it_calls_it_payload_when_the_body_is(body: bytes, why: str) -> None:
    error = refused(lambda asked: answer(body), BadPayload, tries=5)
    assert not error.retryable
    assert f": {why}" in error.message


@pytest.mark.parametrize(
    ("body", "data"),
    [
        (b'\xef\xbb\xbf{"data": [{"a": "b"}]}', [{"a": "b"}]),
        (b'{"data": [{"a": "\\ud800x\\u0000"}], "x": []}', [{"a": "\ufffdx\ufffd"}]),
        (b'{"data": [{"a": "\\ud83d\\ude00"}]}', [{"a": "\U0001f600"}]),
        (b'{"data": [{"a": "say \\":\\" {["}]}', [{"a": 'say ":" {['}]),
        (b' { "data" : [{"a" : [1, {"b": null}]}] } ', [{"a": [1, {"b": None}]}]),
        (b'{"data": [], "totalPages": "3", "errors": {}}', []),
        (b'{"errors": [], "data": [ ], "links": []}', []),
        (b'{"message": "[1]", "x": [[1]], "data": [1]}', [1]),
        (b'{"data": [",",1], "x": ["[",",1]"]}', [",", 1]),
        (b'{"x": ["[",",1]"], "data": [",",1]}', [",", 1]),
        (b'{"x": "\\ud800", "data": [1180591620717411303424]}', [2**70]),
    ],
)
def test_it_reads_what_is_odd_but_legal(body: bytes, data: Any) -> None:
    with raw_server(after_login(lambda asked: answer(body))) as server:
        assert records(ask(server.url)) == data


def test_it_hands_the_records_on_as_they_were_sent() -> None:
    sent = '[ {"نام":"علی", "n": 1.50},\n{"a":1,"a":2}, 7]'.encode()
    body = b'{"totalPages":2,"data": ' + sent + b" }"
    with raw_server(after_login(lambda asked: answer(body))) as server:
        answered = ask(server.url)
    assert (answered.page.data, answered.total_pages, answered.replaced) == (sent, 2, 0)


def test_it_says_how_many_characters_it_replaced(caplog: pytest.LogCaptureFixture) -> None:
    body = b'{"data": [{"a": "\\ud800\\u0000\xef\xbf\xbd secret"}], "x": []}'
    with raw_server(after_login(lambda asked: answer(body))) as server, caplog.at_level("WARNING"):
        assert ask(server.url).replaced == 2
    said = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(said) == 1
    assert "2 characters" in said[0]
    assert "secret" not in said[0]


def test_it_reads_a_million_records_when_they_come_as_one_page() -> None:
    body = b'{"data":[' + b",".join(b'{"id":%d}' % n for n in range(1_000_000)) + b"]}"
    with raw_server(after_login(lambda asked: answer(body))) as server:
        page = ask(server.url).page
    assert page.data == body[8:-1]


BOMB = gzip.compress(b'{"data": [' + b" " * 20_000_000 + b"]}", compresslevel=1)
MANY_MEMBERS = gzip.compress(b"") * 100_000


def bomb(asked: Asked) -> bytes:
    return answer(BOMB, Content_Encoding="gzip")


def many_empty_members(asked: Asked) -> bytes:
    return answer(MANY_MEMBERS, Content_Encoding="gzip")


def endless(asked: Asked) -> Iterator[Part]:
    yield b"HTTP/1.1 200 OK\r\n\r\n"
    while True:
        yield b" " * 65536


def not_gzip(asked: Asked) -> bytes:
    return answer(PAGE, Content_Encoding="gzip")


def unasked_packing(asked: Asked) -> bytes:
    return answer(PAGE, Content_Encoding="br")


@pytest.mark.parametrize("play", [bomb, many_empty_members, endless, not_gzip, unasked_packing])
def test_it_refuses_a_body_that_is(play: Play) -> None:
    error = refused(play, BadPayload, answer_max_bytes=1_000_000)
    assert not error.retryable


def endless_redirect(asked: Asked) -> Iterator[Part]:
    yield b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\n\r\n"
    while True:
        yield b" " * 65536


def test_it_does_not_read_where_it_is_sent_when_that_has_no_end() -> None:
    assert "302" in refused(endless_redirect, GatewayFault).message


def test_it_takes_a_body_that_is_as_large_as_allowed() -> None:
    text = json.dumps(PAGE).encode().ljust(3_000_000)
    packed = gzip.compress(text, compresslevel=1)
    plays = [answer(text), answer(packed, Content_Encoding="gzip")]
    for play in plays:
        with raw_server(after_login(lambda asked, play=play: play)) as server:  # type: ignore[misc]
            assert records(ask(server.url, answer_max_bytes=3_000_000)) == [{"id": 1}]
            with pytest.raises(BadPayload, match="larger"):
                ask(server.url, answer_max_bytes=2_999_999)


@pytest.mark.parametrize("size", [MIB - 1, MIB, MIB + 1, 2 * MIB, 3 * MIB + 300])
def test_it_unpacks_a_body_whose_size_is_near_a_step(size: int) -> None:
    text = json.dumps(PAGE).encode().ljust(size)
    for packed in (gzip.compress(text), zlib.compress(text)):
        play = after_login(lambda asked, body=packed: answer(body, Content_Encoding="gzip"))  # type: ignore[misc]
        with raw_server(play) as server:
            assert records(ask(server.url)) == [{"id": 1}]


def test_it_gives_the_pages_of_a_unit_the_room_of_one_answer() -> None:
    text = json.dumps({"data": [{"id": "x" * 2 * MIB}]}).encode()
    with raw_server(after_login(lambda asked: answer(text))) as server:
        wanted = settings(server.url, answer_max_bytes=5 * MIB)
        with Gateway(wanted) as gateway:
            ask_for = gateway.pages(PATH, lambda number: {"pageNumber": number})
            assert [len(ask_for(number).page.data) > 2 * MIB for number in (1, 2)] == [True] * 2
            with pytest.raises(BadPayload, match="larger than the 1 MB") as caught:
                ask_for(3)
            assert gateway.pages(PATH, lambda number: {})(1)
    assert "HAMGAM_ANSWER_MAX_MB" in caught.value.hint


def test_it_reads_no_endless_answer_to_a_login() -> None:
    with raw_server(endless) as server, pytest.raises(BadPayload, match="larger than the 1 MB"):
        ask(server.url)


@pytest.mark.parametrize(("end", "kind"), [(b"", Unreachable), (b',"a":NaN}', BadPayload)])
def test_it_knows_a_large_answer_that_was_cut(end: bytes, kind: type[GatewayError]) -> None:
    def play(asked: Asked) -> Iterator[Part]:
        yield b"HTTP/1.1 200 OK\r\n\r\n"
        yield b'{"data": [{"id": "' + b"x" * (TEXT_MAX + 1) + b'"}]' + end

    assert refused(play, kind).retryable is (kind is Unreachable)


def test_it_reads_gzip_of_several_members() -> None:
    text = json.dumps(PAGE).encode()
    packed = gzip.compress(text[:9]) + gzip.compress(text[9:])
    play = after_login(lambda asked: answer(packed, Content_Encoding="gzip"))
    with raw_server(play) as server:
        assert records(ask(server.url)) == [{"id": 1}]
