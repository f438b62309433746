"""Finds the records in an answer and leaves them undecoded; it judges everything around them.

What breaks the contract is refused, never taken as empty. The records, and whether they are JSON at
all, are for the engine to judge.
"""

import logging
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Self

import msgspec

from fetch_data.body import cut_short
from fetch_data.faults import Reply
from sync_core.base.errors import AuthRefused, BadPayload
from sync_core.base.strict_json import TEXT_MAX, BadJson, NoJson, TooLarge, as_json, parse_strictly
from sync_core.engine.source import Page

BOM = b"\xef\xbb\xbf"
MARK = "these are the records"
REST_BYTES = 2_000  # of an answer without its records
NEEDLE_BYTES = 64  # of `data`, to find where it begins; a longer one is searched more slowly
SHOW_IT = "Show it to the gateway's team; nothing of it was stored."
SMALLER_PAGES = f"Set a smaller HAMGAM_PAGE_SIZE. {SHOW_IT}"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """One page. `replaced` counts characters that no database holds (NUL, lone surrogates).

    Those inside the records are replaced here only where a fast parser refused the answer.
    """

    page: Page
    total_pages: int | None = None
    replaced: int = 0

    def after(self, repeats: int) -> Self:
        return replace(self, page=replace(self.page, repeats=repeats))


class _Envelope(msgspec.Struct):
    data: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


_ENVELOPE = msgspec.json.Decoder(_Envelope)


def read_answer(reply: Reply, what: str) -> Answer:
    """Raises BadPayload for all that is no page. The reply keeps only the page's records."""
    reply.body.drop(BOM)
    if found := _cut_out(reply) or _split(reply.body.text):
        (tree, replaced), data = found.around, reply.body.keep(found.begin, found.end)
    else:
        tree, replaced = _read_object(reply, what)
        data = as_json(tree.get("data"))
    if tree.get("errors"):
        raise _bad(what, "it reports errors with status 200")
    if not data.startswith(b"["):
        raise _bad(what, "it has no list in 'data'")
    if replaced:
        log.warning("%s: %d characters that cannot be stored were replaced.", what, replaced)
    return Answer(Page(data), _total_pages(tree.get("totalPages"), what), replaced)


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


_Tree = tuple[dict[str, Any], int]
"""An object, and how many of its characters were replaced."""


class _Found(NamedTuple):
    """Where `data` begins and ends, and the object around it with something else in its place."""

    begin: int
    end: int
    around: _Tree


def _cut_out(reply: Reply) -> _Found | None:
    """As `_split`, without a look at the records: whoever decodes them finds what is no JSON there.

    Flat records have no brackets, so theirs are mostly the only ones of an answer. What is around
    them, with a mark in their place, must be an object whose `data` is the mark. A body that may
    have been cut on its way is looked at as a whole.
    """
    body = reply.body.text
    begin, end = body.find(b"["), body.rfind(b"]") + 1
    if not reply.delimited or begin < 0 or body.find(b"[", begin + 1) >= 0:
        return None
    if body.find(b"]") + 1 != end or begin + len(body) - end > REST_BYTES:
        return None
    before, after, mark = body[:begin], body[end:], b'"%s"' % MARK.encode()
    if mark in before or mark in after:
        return None
    try:
        tree, replaced = parse_strictly(before + mark + after)
    except BadJson:
        return None
    found = isinstance(tree, dict) and tree.get("data") == MARK
    return _Found(begin, end, (tree, replaced)) if found else None


def _split(body: bytes) -> _Found | None:
    """None where it is not certain what is `data` as sent: the answer is then read as a whole."""
    try:
        raw = _ENVELOPE.decode(body).data
        data = memoryview(b"" if raw is msgspec.UNSET else raw)
        begin = body.find(bytes(data[:NEEDLE_BYTES]))
        end = begin + len(data)
        if not data or not body.startswith(data, begin) or len(body) - len(data) > TEXT_MAX:
            return None
        tree, replaced = parse_strictly(body[:begin] + b"null" + body[end:])
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return None
    # Not null: an equal text was found before that of `data` and was taken out in its stead.
    return _Found(begin, end, (tree, replaced)) if tree.get("data", data) is None else None


def _read_object(reply: Reply, what: str) -> _Tree:
    body = reply.body.text
    try:
        tree, replaced = parse_strictly(body)
    except BadJson as exc:
        if not reply.delimited and _seems_cut(body, exc):
            raise cut_short() from exc
        hint = SMALLER_PAGES if isinstance(exc, TooLarge) else SHOW_IT
        raise _bad(what, str(exc), hint=hint) from exc
    if not isinstance(tree, dict):
        raise _bad(what, "it is no JSON object")
    return tree, replaced


def _seems_cut(body: bytes, exc: BadJson) -> bool:
    """What is too large may be whole: it is cut where its last bracket is missing."""
    whole = isinstance(exc, TooLarge) and body[-REST_BYTES:].rstrip()[-1:] == b"}"
    return (
        isinstance(exc, NoJson | TooLarge) and not whole and body[:REST_BYTES].lstrip()[:1] == b"{"
    )


def _bad(what: str, why: str, *, hint: str = SHOW_IT) -> BadPayload:
    return BadPayload(f"The answer to {what} is not what was agreed: {why}.", hint=hint)
