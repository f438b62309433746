"""Terms of the academic year. They are computed from the date alone; no calendar is looked up."""

from datetime import date

import jdatetime

from sync_core.base.errors import ConfigError
from sync_core.base.text import ascii_digits

TERMS_A_YEAR = 3


def current_term(today: date) -> str:
    """The term of a Gregorian date in Tehran.

    The academic year begins in Mehr: Mehr–Dey of year Y are Y1, Bahman–Esfand Y2,
    Farvardin–Khordad (Y-1)2, Tir–Shahrivar (Y-1)3.
    """
    jalali = jdatetime.date.fromgregorian(date=today)
    if jalali.month >= 7:
        return _term(jalali.year, 1 if jalali.month <= 10 else 2)
    return _term(jalali.year - 1, 2 if jalali.month <= 3 else 3)


def previous_term(term: str) -> str:
    year, number = int(term[:3]), int(term[3])
    return _term(year, number - 1) if number > 1 else _term(year - 1, TERMS_A_YEAR)


def terms_between(first_year: int, last_term: str) -> tuple[str, ...]:
    """Every term from the first of the Jalali `first_year` to `last_term`, oldest first."""
    first, last = _place(_term(first_year, 1)), _place(last_term)
    return tuple(
        _term(place // TERMS_A_YEAR, place % TERMS_A_YEAR + 1) for place in range(first, last + 1)
    )


def checked_term(given: str) -> str:
    """Raises ConfigError for what cannot be a term."""
    term = ascii_digits(given.strip())
    if len(term) == 4 and term.isascii() and term.isdigit() and term[3] in "123":
        return term
    raise ConfigError(
        f"{given[:40]!r} is no term.",
        hint="Give four digits, the last of them 1, 2 or 3, such as 4041.",
    )


def _term(year: int, number: int) -> str:
    return f"{year % 1000:03d}{number}"


def _place(term: str) -> int:
    """Terms counted without a gap."""
    return int(term[:3]) * TERMS_A_YEAR + int(term[3]) - 1
