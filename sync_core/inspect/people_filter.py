"""What may be asked of a source's people, and the selection that the store understands. Whatever is
personal can be neither sorted by nor counted by, and is found by its whole value alone.
"""

import re
from dataclasses import dataclass

from sync_core.base.text import ascii_digits, fold
from sync_core.engine.source import INTEGER, TEXT, Column, Source
from sync_core.inspect.checks import condition_of
from sync_core.inspect.masking import open_columns, personal_columns
from sync_core.store.engines import Session
from sync_core.store.people import ALL, MISSING_ONLY, REPORTED, Rows
from sync_core.store.search import Search, are_kept

__all__ = ["ALL", "MISSING_ONLY", "REPORTED", "PeopleFilter", "rows_of"]

LONGEST_TEXT = 100
LONGEST_WHOLE_NUMBER = 18
"""Digits that every database takes."""
NO_NAME = re.compile(r"\d{6,}|\S+@\S+")
"""A million names need not be read for a number or an address."""
MAY_BE_PERSONAL = re.compile(r"[\d@]")
OTHER_DIGITS = ("۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩")


@dataclass(frozen=True, slots=True)
class PeopleFilter:
    """What is asked of a source's people; None, "" and empty mean any.

    `text`: a part of a name, or the whole of a number. `facets`: column and value as text, None for
    no value; values of one column are "or", columns are "and". `changed_in`: a run. `rule`: the
    name of a rule of quality. `unit`: whose record the row is. `sort`: an open column; None is the
    source's own order.
    """

    which: str = ALL
    text: str = ""
    facets: tuple[tuple[str, str | None], ...] = ()
    changed_in: int | None = None
    rule: str | None = None
    unit: str | None = None
    sort: str | None = None
    descending: bool = False


def rows_of(source: Source, which: PeopleFilter) -> Rows:
    """What the source does not have, or does not show, is left out."""
    return Rows(
        source.table,
        source.key,
        order_of(source, sorted_by(source, which)),
        which.which,
        _search(source, which.text),
        tuple(facets_of(source, which).items()),
        None if which.changed_in is None else (source.name, which.changed_in),
        None if which.rule is None else condition_of(source, which.rule),
        descending=which.descending,
        unit=None if which.unit is None else (source.name, which.unit),
        parts=source.parts,
    )


def names_alone(session: Session, source: Source, which: PeopleFilter) -> Search | None:
    """The search for its text, where that is for names and nothing else, and those that a merge
    has left in the table are those of every row."""
    search = _search(source, which.text)
    if search is None or not search.is_of_names:
        return None
    return search if are_kept(session, source.table, source.key, search.names) else None


def names_of(source: Source) -> tuple[str, ...]:
    return tuple(column.name for column in source.columns)


def is_narrowed(which: PeopleFilter) -> bool:
    """Whether more is asked than `which.which`, and an order."""
    asked = which.facets or which.rule or which.unit or which.changed_in is not None
    return bool(asked or _words(_cleaned(which.text)))


def sorted_by(source: Source, which: PeopleFilter) -> str | None:
    """An open column; None for the source's own order, in its own direction."""
    if which.sort in open_columns(source):
        return which.sort
    return order_of(source)[0] if which.descending else None


def order_of(source: Source, sort: str | None = None) -> tuple[str, ...]:
    """By key where that is no secret, which is quick at any depth.

    Else by names, then by everything else that is shown: the key decides only between rows that
    look the same. What is sorted by comes before all that.
    """
    shown = open_columns(source)
    own: tuple[str, ...] = (source.key,)
    if source.key not in shown:
        own = (*source.names, *(n for n in shown if n not in source.names), source.key)
    if sort is None or sort not in shown or sort == own[0]:
        return own
    return (sort, *(name for name in own if name != sort))


def facets_of(source: Source, which: PeopleFilter) -> dict[str, tuple[str | int | None, ...]]:
    kinds = {column.name: column.kind for column in source.columns if not column.personal}
    kinds |= dict.fromkeys(source.parts, TEXT)
    found: dict[str, tuple[str | int | None, ...]] = {}
    for name, value in which.facets:
        if name in kinds:
            found[name] = (*found.get(name, ()), *_stored(kinds[name], value))
    return found


def _stored(kind: str, value: str | None) -> tuple[str | int | None, ...]:
    """As the column holds it; nothing for what it cannot hold."""
    if value is None or value == "":
        return (None,)
    if kind != INTEGER:
        return (value,)
    return (int(value),) if _is_whole(value) else ()


def _search(source: Source, text: str) -> Search | None:
    """None for a text of nothing. Of a number and of what is personal only the whole counts.

    A text without a digit or an at-sign is a name and nothing else: no other column is read for it.
    """
    text = _cleaned(text)
    words, whole = _words(text), text.strip()
    if not words:
        return None
    named = () if NO_NAME.fullmatch(whole) else tuple(filter(None, map(fold, words)))
    others = (c for c in personal_columns(source) if c.name != source.key)
    exact = {c.name: _forms(c, whole) for c in others} if MAY_BE_PERSONAL.search(whole) else {}
    return Search(named, source.names, source.canonical_key(whole), exact)


def _cleaned(text: str) -> str:
    """As a database takes it, and no longer than anybody types."""
    return text[:LONGEST_TEXT].replace("\0", " ").encode("utf-8", "ignore").decode()


def _words(text: str) -> list[str]:
    return text.replace("\u200c", " ").split()


def _forms(column: Column, whole: str) -> list[str | int]:
    """As it was typed, and with the digits of each script: values are stored as they were sent."""
    plain = ascii_digits(whole)
    if column.kind == INTEGER:
        return [int(plain)] if _is_whole(plain) else []
    digits = (plain.translate(str.maketrans("0123456789", other)) for other in OTHER_DIGITS)
    return list({whole, plain, *digits})


def _is_whole(text: str) -> bool:
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdigit() and len(digits) <= LONGEST_WHOLE_NUMBER
