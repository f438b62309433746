"""The forms in which a secret comes back, and patterns that know it in each. It hides nothing."""

import re
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from html.entities import codepoint2name

SHORTEST_RUN = 6
"""Of Base64: a shorter one also stands in what is no secret."""
ENTITIES = {**codepoint2name, ord("'"): "apos"}


class Disguise:
    """One form of a secret."""

    def __init__(self, letters: list[str], tail: str = "") -> None:
        self._letters, self._tail = letters, tail
        self.run = max("".join(a if len(a) == 1 else "\0" for a in letters).split("\0"), key=len)
        """Stands in every text that holds this form: to look for it first is cheap."""

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Compiled when it is needed, which is seldom."""
        return re.compile("".join(self._letters) + self._tail)


def disguises(secret: str) -> Iterator[Disguise]:
    """As it is, in a URL, in JSON, in HTML, in `repr`; and in Base64."""
    yield Disguise([_letter(letter) for letter in secret])
    for encoded in _encodings(secret):
        yield from _base64(encoded)


def _encodings(secret: str) -> Iterator[bytes]:
    """A header's text is UTF-8 or, with some clients, Latin-1."""
    yield secret.encode(errors="replace")
    with suppress(UnicodeEncodeError):
        if not secret.isascii():
            yield secret.encode("latin-1")


def _letter(letter: str) -> str:
    """One character in all its forms, also escaped twice. Nobody escapes letters and digits."""
    if letter.isascii() and letter.isalnum():
        return letter
    return f"(?:{'|'.join(_forms(letter))})"


def _forms(letter: str) -> Iterator[str]:
    code, raw = ord(letter), letter.encode(errors="surrogatepass")
    units = letter.encode("utf-16-be", "surrogatepass").hex(" ", 2).split()
    yield r"\\{1,8}" if letter == "\\" else rf"\\{{0,8}}{re.escape(letter)}"
    yield "".join(f"%(?:25)*(?i:{byte:02x})" for byte in raw)
    yield "".join(rf"\\{{1,8}}u(?i:{unit})" for unit in units)
    yield "".join(rf"\\{{1,8}}x(?i:{byte:02x})" for byte in raw)
    yield rf"&(?:amp;)*#(?:0*{code}|[xX]0*(?i:{code:x}));"
    if code in ENTITIES:
        yield f"&(?:amp;)*{ENTITIES[code]};"
    if letter == " ":
        yield r"\+"
    elif not letter.isascii():
        yield re.escape(raw.decode("latin-1"))  # a header's bytes, read as headers are
        yield rf"\\{{1,8}}x(?i:{code:02x})"


def _base64(raw: bytes) -> Iterator[Disguise]:
    """What no neighbour changes, wherever among three bytes the secret begins: in `user:password`
    that depends on the user's name. The text's own tail goes with it.
    """
    for before in range(3):
        encoded = b64encode(bytes(before) + raw).decode()
        sure = encoded[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6]
        if len(sure) >= SHORTEST_RUN:
            yield Disguise([_sign(sign) for sign in sure], r"(?:[A-Za-z0-9+/_-]|%2[BbFf])*")


def _sign(sign: str) -> str:
    return {"+": r"(?:[+-]|%2[Bb])", "/": r"(?:\\{0,8}/|_|%2[Ff])"}.get(sign, sign)
