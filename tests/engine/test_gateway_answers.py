"""What the client makes of bodies: odd, broken, hostile, packed."""

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest

from sync_core.base.errors import (
    BadPayload,
)
from tests.engine.gateway_calls import PAGE, after_login, ask, refused
from tests.engine.raw_server import Asked, Part, Play, answer, raw_server


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
