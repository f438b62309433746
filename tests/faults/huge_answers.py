"""Answers of 255 MB, piece by piece: what would take most memory, were it taken for what it is."""

import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, count

from fetch_data.faculty_main import COLUMNS
from tests.engine.raw_server import Asked, Part, Play, answer, token

MIB = 1024 * 1024
HUGE = 255 * MIB
FIELDS = {column.field: "مقدار" for column in COLUMNS} | {"sex": 1}
HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"

Pieces = Iterator[bytes]
Make = Callable[[], Pieces]


def filled(begin: bytes, piece: bytes, end: bytes, size: int = HUGE) -> Pieces:
    """As many of the piece as there is room for."""
    yield begin
    many = piece * (MIB // len(piece))
    for _ in range((size - len(begin) - len(end)) // len(many)):
        yield many
    yield end


def listed(records: Iterable[bytes], size: int = HUGE) -> Pieces:
    """As many of the records as there is room for, in an answer."""
    held, comma = [b'{"data":['], b""
    total = waiting = 0
    for record in records:
        total += len(record) + 1
        if total > size:
            break
        held += [comma, record]
        comma, waiting = b",", waiting + len(record)
        if waiting > MIB:
            yield b"".join(held)
            held, waiting = [], 0
    yield b"".join(held) + b"]}"


def person(number: int, size: int = 1_535) -> bytes:
    record = FIELDS | {"id": number, "nationalcode": f"{number:010d}", "markaz": ""}
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()
    return text.replace(b'"markaz":""', b'"markaz":"' + b"x" * (size - len(text)) + b'"')


def with_name(number: int, name: bytes) -> bytes:
    return b'{"nationalcode":"%d","name":"%s"}' % (number, name)


def people() -> Pieces:
    return listed(person(number) for number in count())


def tiny_records() -> Pieces:
    return filled(b'{"data":[', b"{},", b"{}]}")


def numbers() -> Pieces:
    return filled(b'{"data":[', b"1,", b"1]}")


def one_text() -> Pieces:
    return filled(b'{"data":[{"nationalcode":"1","name":"', b"x", b'"}]}')


def texts_of_a_megabyte() -> Pieces:
    return listed(with_name(number, b"x" * MIB) for number in count())


def wide_letters() -> Pieces:
    """One letter in eight million makes each of the others four bytes wide."""
    name = b"x" * (8 * MIB - 100) + "😀".encode()
    return listed((with_name(number, name) for number in count()), 50 * MIB)


def deep() -> Pieces:
    return filled(b'{"data":', b"[", b"")


def web_page() -> Pieces:
    return filled(b"<html>", b"<p>[{,", b"</html>")


def odd_page() -> Pieces:
    """As large as the slow reader takes it."""
    return listed(chain([with_name(0, b"\\ud800")], (person(n) for n in count(1))), 15 * MIB)


def odd_and_huge() -> Pieces:
    return listed(chain([with_name(0, b"\\ud800")], (person(n) for n in count(1))), 60 * MIB)


def many_lists() -> Pieces:
    """Records that cannot be rows and would be kept for the operator."""
    name = b'{"nationalcode":"1","name":[' + b"[]," * 6_000 + b"1]}"
    return listed((name for _ in count()), 10 * MIB)


def sends(make: Make, *, gzip: bool = False) -> Play:
    """The first page; the next one is empty."""

    def play(asked: Asked) -> "bytes | Iterator[Part]":
        if asked.path == "/Login":
            return token("a-token")
        if asked.body["pageNumber"] > 1:
            return answer({"data": []})
        return _chunked(_packed(make()) if gzip else make(), b"gzip" if gzip else b"identity")

    return play


def sends_for_ever(asked: Asked) -> bytes:
    """Page after page of 40 MB, and none like the other."""
    if asked.path == "/Login":
        return token("a-token")
    record = with_name(asked.body["pageNumber"], b"x" * (40 * MIB))
    return answer(b'{"data":[' + record + b"]}")


def _packed(pieces: Pieces) -> Pieces:
    pack = zlib.compressobj(1, wbits=31)
    for piece in pieces:
        yield pack.compress(piece)
    yield pack.flush()


def _chunked(pieces: Pieces, encoding: bytes) -> Iterator[Part]:
    yield HEAD + b"Content-Encoding: " + encoding + b"\r\n\r\n"
    yield from (b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces if piece)
    yield b"0\r\n\r\n"
