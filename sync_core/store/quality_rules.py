"""Rules that rows are held against, each as a condition in SQL. They know no source's columns.

They look only at people who are reported now: nobody can mend the record of one who is not sent any
more. No value is no fault, but where it is a province that is asked for.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce

from sqlalchemy import (
    ColumnClause,
    ColumnElement,
    Integer,
    Text,
    and_,
    case,
    cast,
    column,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    table,
    tuple_,
)

from sync_core.base import rules
from sync_core.base.text import ARABIC_TO_PERSIAN
from sync_core.store.data import province
from sync_core.store.types import UtcDateTime

Condition = ColumnElement[bool]

DIGITS = "0123456789"
NATIONAL_CODE_DIGITS, PHONE_DIGITS = 10, 11


@dataclass(frozen=True, slots=True)
class Looked:
    """What a rule looks at: `columns` of a source's table, which has `key`."""

    table: str
    key: str
    columns: tuple[str, ...]


def condition_of(rule: str, looked: Looked) -> Condition | None:
    """Which rows break the rule. None for a rule that is not known, or speaks of no rows."""
    fault = ROW_RULES.get(rule)
    return None if fault is None else and_(_missing().is_(None), fault(looked))


def bad_national_code(looked: Looked) -> Condition:
    """Not ten digits, all ten the same, or the last one does not follow from the others."""
    return _any(looked.columns, lambda code: not_(_is_national_code(code)))


def bad_mobile(looked: Looked) -> Condition:
    return _any(looked.columns, lambda number: not_(_is_number(number, "09")))


def bad_phone(looked: Looked) -> Condition:
    """A mobile's number, or one of a landline with its area code."""
    return _any(looked.columns, lambda number: not_(_is_number(number, "0")))


def no_province(looked: Looked) -> Condition:
    """None, or one that is not among those we know."""
    known = select(province.c.province_code)
    codes = (column(name, Integer) for name in looked.columns)
    return or_(*(or_(code.is_(None), code.not_in(known)) for code in codes))


def arabic_letters(looked: Looked) -> Condition:
    """Letters that look like Persian ones and are not."""
    joined: ColumnElement[str] = literal("")
    for name in looked.columns:
        joined = joined + func.coalesce(_text(name), "", type_=Text)
    left = joined
    for sign in ARABIC_TO_PERSIAN:
        left = func.replace(left, sign, "", type_=Text)
    return func.length(joined, type_=Integer) != func.length(left, type_=Integer)


def same_as_another(looked: Looked) -> Condition:
    """All columns hold something, and another row holds the same in all of them."""
    others = table(looked.table, _missing(), *map(_text, looked.columns)).alias("others")
    theirs = [others.c[name] for name in looked.columns]
    several = (
        select(*theirs)
        .where(others.c.missing_since.is_(None), *(value != "" for value in theirs))
        .group_by(*theirs)
        .having(func.count() > 1)
    )
    mine = list(map(_text, looked.columns))
    return and_(*(value != "" for value in mine), tuple_(*mine).in_(several))


ROW_RULES: dict[str, Callable[[Looked], Condition]] = {
    rules.NATIONAL_CODE: bad_national_code,
    rules.MOBILE: bad_mobile,
    rules.PHONE: bad_phone,
    rules.SHARED_NUMBER: same_as_another,
    rules.DUPLICATE: same_as_another,
    rules.PROVINCE: no_province,
    rules.ARABIC_LETTERS: arabic_letters,
}


def _missing() -> ColumnClause[datetime]:
    return column("missing_since", UtcDateTime)


def _text(name: str) -> ColumnClause[str]:
    return column(name, Text)


def _any(names: Sequence[str], fault: Callable[[ColumnElement[str]], Condition]) -> Condition:
    """Whether one of the columns holds something, and that is at fault."""
    return or_(*(and_(_text(name) != "", fault(_text(name))) for name in names))


def _is_number(value: ColumnElement[str], begin: str) -> Condition:
    return and_(
        _has_digits(value, PHONE_DIGITS), func.substr(value, 1, len(begin), type_=Text) == begin
    )


def _has_digits(value: ColumnElement[str], count: int) -> Condition:
    """So many, of the ASCII ones, and nothing else."""
    return and_(func.length(value) == count, func.ltrim(value, DIGITS, type_=Text) == "")


def _is_national_code(code: ColumnElement[str]) -> Condition:
    """A cast of what is no digit fails on PostgreSQL, which promises an order only in a `case`."""
    digits = [
        cast(func.substr(code, place, 1), Integer) for place in range(1, NATIONAL_CODE_DIGITS + 1)
    ]
    weighed = (digit * (10 - place) for place, digit in enumerate(digits[:-1]))
    left = reduce(lambda total, part: total + part, weighed) % 11
    last = digits[-1]
    follows = case((left < 2, last == left), else_=last == literal(11) - left)
    several = func.replace(code, func.substr(code, 1, 1), "", type_=Text) != ""
    plain = _has_digits(code, NATIONAL_CODE_DIGITS)
    return case((plain, and_(several, follows)), else_=false())
