"""Reads the JSON of an answer. What breaks the contract is refused, never taken as empty."""

import json
import logging
import math
from dataclasses import dataclass
from typing import Any

import orjson

from fetch_data.body import cut_short
from fetch_data.faults import Reply
from sync_core.base.errors import AuthRefused, BadPayload
from sync_core.engine.source import Record

REPLACEMENT = "\ufffd"
DEPTH_MAX = 16  # of lists and objects in a field; the contract knows none at all
UNSTORABLE = {0: REPLACEMENT} | dict.fromkeys(range(0xD800, 0xE000), REPLACEMENT)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """One page. `replaced` counts characters that no database holds (NUL, lone surrogates)."""

    data: list[Record]
    total_pages: int | None = None
    replaced: int = 0


def read_answer(reply: Reply, what: str) -> Answer:
    """Raises BadPayload for all that is no page of records."""
    tree, replaced = _read_object(reply, what)
    data = tree.get("data")
    if tree.get("errors"):
        raise _bad(what, "it reports errors with status 200")
    if not isinstance(data, list):
        raise _bad(what, "it has no list in 'data'")
    if not all(isinstance(record, dict) for record in data):
        raise _bad(what, "'data' holds something that is no record")
    if replaced:
        log.warning("%s: %d characters that cannot be stored were replaced.", what, replaced)
    return Answer(data, _total_pages(tree.get("totalPages"), what), replaced)


def read_token(reply: Reply, what: str) -> str:
    """The token; AuthRefused where the gateway gives an error in its place, else BadPayload."""
    tree, _ = _read_object(reply, what)
    data = tree.get("data")
    token = data.get("token") if isinstance(data, dict) else None
    if isinstance(token, str) and (word := token.strip()) and word.isascii() and word.isprintable():
        return word
    if tree.get("errors") or tree.get("message"):
        raise AuthRefused(
            "The gateway gave no token but an error.",
            hint="Check HAMGAM_GATEWAY_USER and HAMGAM_GATEWAY_PASSWORD.",
        )
    raise _bad(what, "it has no token in 'data'")


def _total_pages(value: Any, what: str) -> int | None:
    if value is None:
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise _bad(what, "'totalPages' is no count")


def _read_object(reply: Reply, what: str) -> tuple[dict[str, Any], int]:
    """The object, and how many of its characters were replaced."""
    body = reply.body
    try:
        tree = orjson.loads(body)
    except orjson.JSONDecodeError:
        return _clean(_parse_strictly(reply, what))
    if not isinstance(tree, dict):
        raise _bad(what, "it is no JSON object")
    if not _plain(body, tree):
        tree = _parse_strictly(reply, what)
    return _clean(tree) if b"\\u0000" in body else (tree, 0)


def _plain(body: bytes | bytearray, tree: dict[str, Any]) -> bool:
    """A cheap proof that no key stands twice and nothing is nested.

    Counts may differ in harmless answers too; those are then parsed once more, and slowly.
    """
    data = tree.get("data")
    if not isinstance(data, list) or not all(isinstance(record, dict) for record in data):
        return False
    keys = len(tree) + sum(map(len, data))
    nodes = 2 + len(data)
    return body.count(b'":') == keys and body.count(b"{") + body.count(b"[") == nodes


def _parse_strictly(reply: Reply, what: str) -> dict[str, Any]:
    """For what orjson refuses (lone surrogates, huge numbers) or lets pass (a key that repeats)."""
    try:
        tree = json.loads(
            reply.body,
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
            parse_float=_float,
            parse_int=_int,
        )
    except RecursionError as exc:
        raise _bad(what, "it is nested too deeply") from exc
    except ValueError as exc:
        if not reply.delimited and reply.body.lstrip()[:1] == b"{":
            raise cut_short() from exc
        raise _bad(what, _why_not(reply.body, exc)) from exc
    if not isinstance(tree, dict):
        raise _bad(what, "it is no JSON object")
    if not _shallow(tree, DEPTH_MAX):
        raise _bad(what, "it is nested too deeply")
    return tree


class _Refused(ValueError):
    """Its message is ours and holds nothing of the answer."""


def _why_not(body: bytes | bytearray, exc: ValueError) -> str:
    if isinstance(exc, _Refused):
        return str(exc)
    return "it is a web page" if body.lstrip()[:1] == b"<" else "it is no JSON"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    tree = dict(pairs)
    if len(tree) != len(pairs):
        raise _Refused("a key stands twice in one object")
    return tree


def _no_constant(name: str) -> Any:
    raise _Refused("it holds NaN or Infinity")


def _float(text: str) -> float | str:
    """A number that no float holds stays text: columns of text keep it, others reject it."""
    value = float(text)
    return value if math.isfinite(value) else text


def _int(text: str) -> int | str:
    return int(text) if len(text) < 40 else text


def _shallow(node: Any, room: int) -> bool:
    if not isinstance(node, dict | list):
        return True
    children = node.values() if isinstance(node, dict) else node
    return room > 0 and all(_shallow(child, room - 1) for child in children)


def _clean(tree: dict[str, Any]) -> tuple[dict[str, Any], int]:
    replaced = 0

    def walk(node: Any) -> Any:
        nonlocal replaced
        if isinstance(node, str):
            clean = node.translate(UNSTORABLE)
            replaced += clean.count(REPLACEMENT) - node.count(REPLACEMENT)
            return clean
        if isinstance(node, dict):
            return {walk(key): walk(value) for key, value in node.items()}
        return [walk(child) for child in node] if isinstance(node, list) else node

    return walk(tree), replaced


def _bad(what: str, why: str) -> BadPayload:
    return BadPayload(
        f"The answer to {what} is not what was agreed: {why}.",
        hint="Show it to the gateway's team; nothing of it was stored.",
    )
