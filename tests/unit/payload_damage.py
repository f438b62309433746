"""Answers as the gateway sends them, and every way in which a case of the fuzz spoils them."""

import gzip
import json
from collections.abc import Callable
from random import Random
from typing import Any

LEGAL = (
    b"1e400",
    b"-0",
    b"1.5",
    b"9007199254740993.0",
    b"9" * 30,
    b"9" * 5_000,
    b"true",
    b"null",
    b'""',
    b'"\\ud800"',
    b'"\\udc00\\ud800"',
    b'"\\u0000"',
    b'"\xed\xa0\x80"',
    b'"' + b"x" * 3_000 + b'"',
    b"[]",
    b"{}",
    b'{"a":{"a":[1,2]}}',
    b"[" * 14 + b"]" * 14,
    b"[" * 40 + b"]" * 40,
    b'{"nationalcode":"1","nationalcode":"2"}',
    b'{"b":1,"b":2}',
    b'"\\u006eame"',
)
"""Values, however odd: some must be refused all the same."""
JUNK = (
    b"NaN",
    b"-Infinity",
    b"01",
    b'"\xff"',
    b'"\\x"',
    b"[" * 3_000,
    b'"nationalcode":"1"',
    b',"name":"a"',
    b'"name":"a",',
    b',"data":[]',
    b'],"data":[',
    b'"data":[],',
    b"<html>",
    b"/* */",
    b"'a'",
    b"\x00",
    b"\x0b",
    b"\x1f",
    b"\r\n",
    b"\xef\xbb\xbf",
    b"\xc2\xa0",
    b"\\",
    b'"',
    b"[",
    b"]",
    b"{",
    b"}",
    b",",
    b":",
    b"-",
    b"",
)
ENCODINGS = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "cp1256", "utf-7")
NAMES = ("nationalcode", "name", "family", "city", "sex", "id", "scope", "markaz", "extra")
VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    7,
    -3,
    1.5,
    10**20,
    "",
    " ",
    "علي",
    "a[b]{c}",
    "۱۲",
    [],
    {},
)
ENVELOPES: tuple[dict[str, Any], ...] = (
    {},
    {"totalPages": 1},
    {"totalPages": "2", "errors": None, "message": ""},
    {"errors": []},
    {"errors": ["no"]},
    {"errors": {"a": 1}, "message": "[1]"},
    {"totalPages": -1},
    {"links": [[1], "x"]},
)
Damage = Callable[[Random, bytes], bytes]


def good_answer(chance: Random) -> bytes:
    """Mostly a few records alike; now and then `data` is something else, or the answer says no."""
    names = [name for name in NAMES if chance.random() < 0.8]
    data: Any = [_record(chance, names) for _ in range(chance.choice((0, 1, 2, 3, 3, 8)))]
    if chance.random() < 0.05:
        data = chance.choice((None, "", "[]", {}, {"a": []}, 7, [[]], [None], [data], ["{}"]))
    tree = {**chance.choice(ENVELOPES), "data": data}
    if chance.random() < 0.5:
        tree = dict(reversed(tree.items()))
    gaps = chance.choice(((",", ":"), (", ", ": "), (" ,\n", " : ")))
    return json.dumps(tree, ensure_ascii=chance.random() < 0.3, separators=gaps).encode()


def _record(chance: Random, names: list[str]) -> dict[str, Any]:
    record: dict[str, Any] = dict.fromkeys(names, "متن")
    record |= {"id": chance.randrange(99), "sex": 1, "nationalcode": str(chance.randrange(5))}
    if chance.random() < 0.3:
        record[chance.choice(NAMES)] = chance.choice(VALUES)
    if chance.random() < 0.1:
        del record[chance.choice(list(record))]
    return record


def damaged(chance: Random, text: bytes) -> bytes:
    for _ in range(chance.choice((0, 0, 1, 1, 1, 2))):
        text = chance.choice(DAMAGES)(chance, text)
    return text


def _flip(chance: Random, text: bytes) -> bytes:
    changed = bytearray(text)
    for _ in range(chance.randrange(1, 6) if text else 0):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _cut(chance: Random, text: bytes) -> bytes:
    return text[: chance.randrange(len(text) + 1)]


def _insert(chance: Random, text: bytes) -> bytes:
    """Anywhere, or behind a mark of the grammar."""
    at = chance.randrange(len(text) + 1)
    if chance.random() < 0.5:
        at = text.find(chance.choice((b"[", b"{", b"}", b":")), at // 2) + 1
    return text[:at] + chance.choice(JUNK) + text[at:]


def _replace_value(chance: Random, text: bytes) -> bytes:
    """What stands between two marks of the grammar."""
    marks = [at for at, letter in enumerate(text) if letter in b"[]{},:"]
    if len(marks) < 2:
        return text
    place = chance.randrange(len(marks) - 1)
    value = chance.choice(chance.choice((LEGAL, LEGAL, LEGAL, JUNK)))
    return text[: marks[place] + 1] + value + text[marks[place + 1] :]


def _repeat(chance: Random, text: bytes) -> bytes:
    """Two marks and what is between them: a name, a value, a record, or half of each."""
    marks = sorted(chance.choices(range(len(text) + 1), k=2))
    commas = [at for at, letter in enumerate(text) if letter in b"{,}"]
    begin, end = sorted(chance.choices(commas, k=2)) if len(commas) > 1 else marks
    return text[:end] + text[begin:end] + text[end:]


def _drop(chance: Random, text: bytes) -> bytes:
    begin, end = sorted(chance.choices(range(len(text) + 1), k=2))
    return text[:begin] + text[min(end, begin + 20) :]


def _swap(chance: Random, text: bytes) -> bytes:
    a, b, c = sorted(chance.choices(range(len(text) + 1), k=3))
    return text[:a] + text[b:c] + text[a:b] + text[c:]


def _rewrite(chance: Random, text: bytes) -> bytes:
    known = text.decode("utf-8", "replace")
    return known.encode(chance.choice(ENCODINGS), "replace")


DAMAGES: tuple[Damage, ...] = (
    _flip,
    _cut,
    _insert,
    *[_replace_value] * 8,
    _repeat,
    _repeat,
    _drop,
    _swap,
    _rewrite,
)


def packed(chance: Random, text: bytes) -> bytes:
    """Gzip, whole or in two members, and in two of three cases spoiled."""
    middle = chance.randrange(len(text) + 1)
    whole = gzip.compress(text[:middle]) + gzip.compress(text[middle:])
    if chance.random() < 0.5:
        whole = gzip.compress(text)
    return chance.choice((_flip, _cut, lambda _, same: same))(chance, whole)
