"""Reads the JSON that fast parsers refuse, or let pass though it is ambiguous. Slow and exact.

Fast parsers refuse lone surrogates and keep the last of two equal keys without a word.
"""

import json
import math
from codecs import BOM_UTF8
from typing import Any

import orjson

DEPTH_MAX = 16  # of lists and objects; the contract of the gateway knows two
DIGITS_MAX = 4_000  # Python reads no longer ones
REPLACEMENT = "\ufffd"
UNSTORABLE = {0: REPLACEMENT} | dict.fromkeys(range(0xD800, 0xE000), REPLACEMENT)


class BadJson(ValueError):
    """Its message says why in our words and holds nothing of the text."""


class NoJson(BadJson):
    """The text is no JSON at all; it may have been cut."""


def parse_strictly(text: bytes | bytearray) -> tuple[Any, int]:
    """The tree, and how many of its characters no database holds and were replaced.

    Raises BadJson for what is no JSON, a key that stands twice, NaN, and deep nesting. A number
    that is too large for 64 bits or a float is kept as an integer or as text.
    """
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
    return _clean(tree)


def as_json(tree: Any) -> bytes:
    """Also for integers of more than 64 bits."""
    try:
        return orjson.dumps(tree)
    except TypeError:
        return json.dumps(tree, ensure_ascii=False, separators=(",", ":")).encode()


def _is_markup(text: bytes | bytearray) -> bool:
    return text[:1_000].removeprefix(BOM_UTF8).lstrip()[:1] == b"<"


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


def _shallow(node: Any, room: int) -> bool:
    if not isinstance(node, dict | list):
        return True
    children = node.values() if isinstance(node, dict) else node
    return room > 0 and all(_shallow(child, room - 1) for child in children)


def _clean(tree: Any) -> tuple[Any, int]:
    replaced = 0

    def walk(node: Any) -> Any:
        nonlocal replaced
        if isinstance(node, str):
            clean = node.translate(UNSTORABLE)
            replaced += clean.count(REPLACEMENT) - node.count(REPLACEMENT)
            return clean
        if isinstance(node, dict):
            return _unique([(walk(key), walk(value)) for key, value in node.items()])
        return [walk(child) for child in node] if isinstance(node, list) else node

    return walk(tree), replaced
