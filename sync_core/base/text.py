"""Folds text for search and for matching names. It never changes what is stored."""

ARABIC_TO_PERSIAN = {"\u064a": "\u06cc", "\u0649": "\u06cc", "\u0643": "\u06a9"}

INVISIBLE = (
    "\u00ad",  # soft hyphen
    "\u0640",  # tatweel: it stretches a word and says nothing
    "\u061c",
    "\ufeff",
    *map(chr, range(0x200B, 0x2010)),  # zero-width space, ZWNJ, ZWJ, direction marks
    *map(chr, range(0x202A, 0x202F)),
    *map(chr, range(0x2060, 0x206A)),
)

_DIGITS = {
    ord(digit): str(value)
    for digits in ("۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩")
    for value, digit in enumerate(digits)
}
_VANISHING = dict.fromkeys(map(ord, INVISIBLE))
FOLDED = str.maketrans(ARABIC_TO_PERSIAN) | _DIGITS | _VANISHING
"""Sign → what it is taken for; None for what says nothing."""


def ascii_digits(text: str) -> str:
    """Persian and Arabic-Indic digits become ASCII; everything else stays."""
    return text.translate(_DIGITS)


def visible(text: str) -> str:
    """The text without zero-width characters and without spaces at its ends."""
    return text.translate(_VANISHING).strip()


def fold(text: str) -> str:
    """Equal for texts that a reader takes for the same, whatever their letter forms and spaces."""
    return " ".join(text.translate(FOLDED).casefold().split())
