"""Makes keys canonical. A value that cannot be a key gives None; nothing is guessed."""

from typing import Any

from sync_core.base.text import ascii_digits, visible

KEY_MAX = 64  # far above any real number; a megabyte of text is no key
NATIONAL_CODE_DIGITS = 10


def student_number(value: Any) -> str | None:
    # Asked a million times a run, and nearly always for such a text.
    if type(value) is str and value.isdigit() and value.isascii() and len(value) <= KEY_MAX:
        return value
    return _text(value)


def national_code(value: Any) -> str | None:
    """Ten digits: a number, or a text from which something cut the leading zeros, is padded."""
    if type(value) is str and len(value) == 10 and value.isdigit() and value.isascii():
        return value
    text = _text(value)
    if text is not None and text.isascii() and text.isdigit():
        return text.zfill(NATIONAL_CODE_DIGITS)
    return text


def _text(value: Any) -> str | None:
    if isinstance(value, str):
        return _from_text(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if 0 <= value < 10**15 else None  # above it, floats are not exact
    return None


def _from_text(value: str) -> str | None:
    if len(value) > 4 * KEY_MAX:
        return None
    text = ascii_digits(visible(value))
    negative = text.startswith("-") and text[1:].isdigit()
    return text if text and len(text) <= KEY_MAX and not negative else None
