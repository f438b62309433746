"""The one place that takes secrets out of text that is logged, stored or shown.

What was made known is hidden in every form in which it comes back. Of the rest, what is named as a
secret, or looks like one.
"""

import re
from collections import deque
from threading import Lock

from sync_core.base.disguise import Disguise, disguises

HIDDEN = "***"
SHORTEST = 4
"""Shorter ones would hide half of every text."""
FLEETING = 8
"""How many secrets that come and go are remembered."""

_MARKS = ("pass", "pwd", "token", "secret", "credential", "api", "auth", "cookie")
_MARKS_OF_VALUES = ("bearer", "basic", "eyj", "://")
_NAMES = r"pass(?:word|wd|phrase)|pwd|token|secret|credentials?|authorization|api[_-]?key"
# Every repetition that can be tried again is bounded: a line may be made to hold us up.
_VALUE = (
    r"\\{1,8}\"(?:(?!\\{1,8}\").)*(?:\\{1,8}\"|$)"  # JSON inside JSON
    r"|\"(?:[^\"\\]|\\.)*(?:\"|$)|'(?:[^'\\]|\\.)*(?:'|$)"
    r"|[^\s,;&}]+"
)
_PATTERNS = (
    (re.compile(r"(?i)\b(bearer|basic)(\s+|%20|\+)[^\s\"',;<]+"), rf"\1\2{HIDDEN}"),
    (re.compile(r"\beyJ[\w-]{8,500}\.[\w-]+(?:\.[\w-]*)?"), HIDDEN),  # a JSON web token
    (re.compile(r"://[^/\s:@\"']{0,100}:[^\s\"'<>]{0,500}@"), f"://{HIDDEN}@"),
    (re.compile(r"(?i)(cookie\\{0,8}[\"']?\s*[:=]\s*)[^\r\n]+"), rf"\1{HIDDEN}"),
    (re.compile(rf"(?is)((?:{_NAMES})\\{{0,8}}[\"']?\s*[:=]\s*)(?:{_VALUE})"), rf"\1{HIDDEN}"),
)

_lock = Lock()
_lasting: set[str] = set()
_fleeting: deque[str] = deque(maxlen=FLEETING)
_wardrobe: dict[str, tuple[Disguise, ...]] = {}
_known: tuple[Disguise, ...] = ()


def keep_secret(*values: str, fleeting: bool = False) -> None:
    """Whatever `redact` sees of these from now on is hidden; values too short to tell are not.

    `fleeting`: such as a token, which another one will replace; the last few are remembered.
    """
    global _known, _wardrobe
    with _lock:
        new = [value for value in values if len(value) >= SHORTEST and value not in _wardrobe]
        if not new:
            return
        (_fleeting.extend if fleeting else _lasting.update)(new)
        # The longest first: one that holds another is hidden as a whole.
        kept = sorted({*_lasting, *_fleeting}, key=len, reverse=True)
        _wardrobe = {value: _wardrobe.get(value) or tuple(disguises(value)) for value in kept}
        _known = tuple(disguise for worn in _wardrobe.values() for disguise in worn)


def redact(text: str) -> str:
    for disguise in _known:
        if disguise.run in text:
            text = disguise.pattern.sub(HIDDEN, text)
    if _has_a_mark(text.lower()):
        for pattern, shown in _PATTERNS:
            text = pattern.sub(shown, text)
    return text


def _has_a_mark(folded: str) -> bool:
    """Most lines have none; to look for the words alone takes a tenth of the patterns' time."""
    return any(map(folded.__contains__, _MARKS + _MARKS_OF_VALUES))
