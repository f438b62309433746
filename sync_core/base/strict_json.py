"""Reads the JSON that fast parsers refuse, or let pass though it is ambiguous. Slow and exact.

Fast parsers refuse lone surrogates and keep the last of two equal keys without a word. What is
read becomes many objects, so that large texts are refused.
"""

import json
import math
import re
from codecs import BOM_UTF8
from collections.abc import Iterable
from typing import Any

import orjson

DEPTH_MAX = 16  # of lists and objects; the contract of the gateway knows two
DIGITS_MAX = 4_000  # Python reads no longer ones
TEXT_MAX = 16 * 1024 * 1024  # bytes: as text in memory they may be four times as many
VALUES_MAX = 500_000  # of some hundred bytes each
REPLACEMENT = "\ufffd"
UNSTORABLE = re.compile("[\0\ud800-\udfff]")


class BadJson(ValueError):
    """Its message says why in our words and holds nothing of the text."""


class NoJson(BadJson):
    """The text is no JSON at all; it may have been cut."""


class TooLarge(BadJson):
    """The text may be JSON, but to read it would take too much memory."""

    def __init__(self) -> None:
        super().__init__("it is no plain JSON, and too large to be read in another way")


def parse_strictly(text: bytes | bytearray) -> tuple[Any, int]:
    """The tree, and how many of its characters no database holds and were replaced.

    Raises BadJson for what is no JSON, a key that stands twice, NaN, and deep nesting. A number
    that is too large for 64 bits or a float is kept as an integer or as text.
    """
    check_size(text)
    try:
        tree = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
            parse_float=_float,
            parse_int=_int,
        )
    except RecursionError as exc:
        raise BadJson("it is nested too deeply") from exc
    except BadJson:
        raise
    except ValueError as exc:
        raise NoJson("it is a web page" if _is_markup(text) else "it is no JSON") from exc
    if not _shallow(tree, DEPTH_MAX):
        raise BadJson("it is nested too deeply")
    cleaner = _Cleaner()
    return cleaner.clean(tree), cleaner.replaced


def check_size(text: bytes | bytearray) -> None:
    """Raises NoJson for what cannot be JSON, and TooLarge for what may be too much of it."""
    if len(text) <= TEXT_MAX and most_values(text) <= VALUES_MAX:
        return
    if _is_markup(text):
        raise NoJson("it is a web page")
    raise TooLarge if _first(text) in (b"{", b"[", b"") else NoJson("it is no JSON")


def most_values(text: bytes | bytearray) -> int:
    """No fewer than the values in it. What has no room for many is not looked at."""
    if len(text) < VALUES_MAX:
        return len(text)
    return 1 + sum(map(text.count, (b",", b"[", b"{")))


def as_json(tree: Any) -> bytes:
    """Also for integers of more than 64 bits."""
    try:
        return orjson.dumps(tree)
    except TypeError:
        return json.dumps(tree, ensure_ascii=False, separators=(",", ":")).encode()


def _is_markup(text: bytes | bytearray) -> bool:
    return _first(text) == b"<"


def _first(text: bytes | bytearray) -> bytes | bytearray:
    return text[:1_000].removeprefix(BOM_UTF8).lstrip()[:1]


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    tree = dict(pairs)
    if len(tree) != len(pairs):
        raise BadJson("a key stands twice in one object")
    return tree


def _no_constant(name: str) -> Any:
    raise BadJson("it holds NaN or Infinity")


def _float(text: str) -> float | str:
    """A number that no float holds stays text: columns of text keep it, others reject it."""
    value = float(text)
    return value if math.isfinite(value) else text


def _int(text: str) -> int | str:
    return int(text) if len(text) < DIGITS_MAX else text


def _shallow(tree: Any, room: int) -> bool:
    """Level by level: a call for each of a hundred thousand nodes would take its time."""
    level = [tree]
    for _ in range(room):
        level = [child for node in level for child in _children(node)]
    return not any(isinstance(node, dict | list) for node in level)


def _children(node: Any) -> Iterable[Any]:
    if isinstance(node, dict):
        return node.values()
    return node if isinstance(node, list) else ()


class _Cleaner:
    """Cleans in place, as far as that goes: a second tree would take as much memory again."""

    def __init__(self) -> None:
        self.replaced = 0

    def clean(self, node: Any) -> Any:
        if isinstance(node, str):
            clean, count = UNSTORABLE.subn(REPLACEMENT, node)
            self.replaced += count
            return clean
        if isinstance(node, list):
            node[:] = map(self.clean, node)
        if isinstance(node, dict):
            for name in node:
                node[name] = self.clean(node[name])
            return _unique([(self.clean(name), value) for name, value in node.items()])
        return node
