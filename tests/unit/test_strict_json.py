"""The slow and exact reader of JSON."""

import json
from typing import Any

import pytest

from sync_core.base.strict_json import (
    TEXT_MAX,
    VALUES_MAX,
    BadJson,
    NoJson,
    TooLarge,
    as_json,
    parse_strictly,
)


@pytest.mark.parametrize(
    ("text", "tree", "replaced"),
    [
        (b'{"a": [1, null, true, "b"]}', {"a": [1, None, True, "b"]}, 0),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}, 0),
        (b'"\\ud83d\\ude00"', "\U0001f600", 0),
        (b'["\\ud800x\\u0000", "\xef\xbf\xbd"]', ["\ufffdx\ufffd", "\ufffd"], 2),
        (b'{"a\\u0000": {"\\udfff": 1}}', {"a\ufffd": {"\ufffd": 1}}, 2),
        (b'"\xed\xa0\x80"', "\ufffd", 1),
        (b"[1e400, -1e400, 1.5]", ["1e400", "-1e400", 1.5], 0),
        (b"[9223372036854775808, -36893488147419103232]", [2**63, -(2**65)], 0),
        (b"[" + b"9" * 39 + b"," + b"9" * 4_000 + b"]", [10**39 - 1, "9" * 4_000], 0),
        (b"[" * 16 + b"]" * 16, [[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]], 0),
    ],
)
def test_it_reads_what_fast_parsers_refuse(text: bytes, tree: Any, replaced: int) -> None:
    assert parse_strictly(text) == (tree, replaced)
    assert parse_strictly(bytearray(text)) == (tree, replaced)


@pytest.mark.parametrize(
    ("text", "why", "kind"),
    [
        (b"", "it is no JSON", NoJson),
        (b'{"secret": 1', "it is no JSON", NoJson),
        (b'{"secret": "\xd3"}', "it is no JSON", NoJson),
        (b'{"secret": "a\nb"}', "it is no JSON", NoJson),
        (b'\n <p class="secret">', "it is a web page", NoJson),
        (b"\xef\xbb\xbf<secret/>", "it is a web page", NoJson),
        (b'{"secret": 1, "secret": 1}', "a key stands twice in one object", BadJson),
        (b'{"secret\\u0000": 1, "secret\\ud800": 1}', "a key stands twice in one object", BadJson),
        (b'{"secret": [NaN]}', "it holds NaN or Infinity", BadJson),
        (b'{"secret": -Infinity}', "it holds NaN or Infinity", BadJson),
        (b"[" * 17 + b"]" * 17, "it is nested too deeply", BadJson),
        (b"[" * 100_000, "it is nested too deeply", BadJson),
    ],
)
def test_it_says_why_in_its_own_words(text: bytes, why: str, kind: type[BadJson]) -> None:
    with pytest.raises(BadJson) as caught:
        parse_strictly(text)
    assert (str(caught.value), type(caught.value)) == (why, kind)


@pytest.mark.parametrize(
    ("text", "kind", "why"),
    [
        (b'["' + b"x" * TEXT_MAX + b'"]', TooLarge, "it is no plain JSON, and too large"),
        (b"[" + b"1," * VALUES_MAX + b"1]", TooLarge, "it is no plain JSON, and too large"),
        (b"\n[" + b"[" * VALUES_MAX, TooLarge, "it is no plain JSON, and too large"),
        (b"<p>" + b"," * VALUES_MAX, NoJson, "it is a web page"),
        (b"x" * (TEXT_MAX + 1), NoJson, "it is no JSON"),
    ],
    ids=["a long text", "many values", "deep", "a web page", "anything"],
)
def test_it_does_not_read_what_would_fill_the_memory(
    text: bytes, kind: type[BadJson], why: str
) -> None:
    with pytest.raises(kind) as caught:
        parse_strictly(text)

    assert type(caught.value) is kind
    assert str(caught.value).startswith(why)


def test_it_reads_a_long_text_of_few_values() -> None:
    assert parse_strictly(b'["' + b"x" * VALUES_MAX * 2 + b'"]') == (["x" * VALUES_MAX * 2], 0)


@pytest.mark.parametrize("tree", [{"نام": ["علی", 1.5, None, True]}, [2**70, "ی"], []])
def test_it_writes_what_it_has_read(tree: Any) -> None:
    assert json.loads(as_json(tree)) == tree
    assert parse_strictly(as_json(tree)) == (tree, 0)
