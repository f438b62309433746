"""Repeatable draws from a text seed, and the names drawn with them; knows no gateway field.

One hash gives 512 bits, enough for the draws of one person, and costs a tenth of seeding
random.Random: a unit of a thousand people is made while its caller waits.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import NamedTuple, TypeVar

from fetch_data.demo.names import FAMILIES, MEN, SUFFIXES, WOMEN

T = TypeVar("T")

_ARABIC = str.maketrans("یک", "يك")
_PERSIAN_DIGITS = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
_OPERATORS = ("0912", "0913", "0915", "0917", "0935", "0937", "0990", "0901")
_NUMBERS = 10_000_000


class Draws:
    """The same text gives the same draws, in every process and Python version."""

    __slots__ = ("_left",)

    def __init__(self, text: str) -> None:
        self._left = int.from_bytes(blake2b(text.encode()).digest(), "big")

    def below(self, limit: int) -> int:
        self._left, drawn = divmod(self._left, limit)
        return drawn

    def each_below(self, limits: Sequence[int]) -> list[int]:
        """What `below` would draw for one limit after the other, in a third of the time."""
        left, drawn = self._left, []
        for limit in limits:
            left, one = divmod(left, limit)
            drawn.append(one)
        self._left = left
        return drawn

    def pick(self, choices: Sequence[T]) -> T:
        return choices[self.below(len(choices))]


class Person(NamedTuple):
    """`sex` is 1 for male and 2 for female, as the gateway says it."""

    sex: int
    name: str
    name_latin: str
    family: str
    family_latin: str
    father: str
    mobile: str


_FULL_FAMILIES = tuple(
    (family + suffix, family_latin + suffix_latin)
    for suffix, suffix_latin in SUFFIXES
    for family, family_latin in FAMILIES
)
# There are as many names of women as of men.
_PERSON = (2, len(MEN), len(_FULL_FAMILIES), len(MEN), len(_OPERATORS), _NUMBERS)


def draw_person(draws: Draws) -> Person:
    sex, name, family, father, operator, number = draws.each_below(_PERSON)
    return Person(
        1 + sex,
        *(WOMEN if sex else MEN)[name],
        *_FULL_FAMILIES[family],
        MEN[father][0],
        f"{_OPERATORS[operator]}{number:07d}",
    )


def draw_mobile(draws: Draws) -> str:
    return f"{draws.pick(_OPERATORS)}{draws.below(_NUMBERS):07d}"


def national_code(body: int) -> str:
    """The ten-digit code, check digit included, of a nine-digit body."""
    digits = f"{body:09d}"
    left = sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=True))
    left %= 11
    return f"{digits}{left if left < 2 else 11 - left}"


def with_wrong_check_digit(code: str) -> str:
    return f"{code[:9]}{(int(code[9]) + 1) % 10}"


def in_arabic_letters(text: str) -> str:
    return text.translate(_ARABIC)


def in_persian_digits(text: str) -> str:
    return text.translate(_PERSIAN_DIGITS)
