"""The search of people: by a part of a name, folded, or by the whole of a value.

It knows no column's meaning, and takes every sign of a word as it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    column,
    false,
    func,
    or_,
    select,
    table,
)
from sqlalchemy.orm import Session

from sync_core.store import names
from sync_core.store.bulk import dialect_of
from sync_core.store.data import NAMES

MANY = 10_000
"""So many people are found first and put in order then."""


@dataclass(frozen=True, slots=True)
class Search:
    """Rows whose `names` together hold every word, or whose key is `key`. Where there are none:
    rows one of whose columns has one of its values.

    Words are folded, and plain text, whatever signs are in them. `exact`: column → values; it takes
    a look at every row.
    """

    words: tuple[str, ...]
    names: tuple[str, ...]
    key: str | None = None
    exact: Mapping[str, Sequence[str | int]] = field(default_factory=dict)

    @property
    def is_of_names(self) -> bool:
        """Whether no other column has a part in it, and no word reaches from name to name."""
        return bool(self.words and self.names) and not (
            self.exact or any(" " in word for word in self.words)
        )


def fits(
    session: Session, table_name: str, key: str, search: Search, *, counting: bool
) -> ColumnElement[bool]:
    """`counting`: nothing is put in order."""
    rows = Looked(session, table_name, key)
    quick = [column(key) == search.key] if search.key is not None else []
    if search.words and search.names:
        quick.append(_named(rows, search, counting=counting))
    others = [column(name).in_(values) for name, values in search.exact.items() if values]
    if quick and (not others or rows.has(or_(*quick))):
        return or_(*quick)
    return rows.found_by(or_(*others)) if others else false()


def are_kept(session: Session, table_name: str, key: str, of: tuple[str, ...]) -> bool:
    """Whether every row has these names as a merge left them; another program changed none."""
    return of == NAMES.get(table_name) and not Looked(session, table_name, key).has(names.UNFOLDED)


@dataclass(frozen=True, slots=True)
class Looked:
    """The table that is looked through."""

    session: Session
    table: str
    key: str

    def keys(self, *conditions: ColumnElement[bool]) -> Select[str]:
        own: ColumnElement[str] = column(self.key)
        return select(own).select_from(table(self.table)).where(*conditions)

    def has(self, condition: ColumnElement[bool]) -> bool:
        return self.session.scalar(self.keys(condition).limit(1)) is not None

    def found_by(self, condition: ColumnElement[bool]) -> ColumnElement[bool]:
        """First all that fit are found, then put in order: a page in the order of the key would
        else be looked for row by row."""
        own: ColumnElement[str] = column(self.key)
        return own.in_(self.keys(condition))


def _named(rows: Looked, search: Search, *, counting: bool) -> ColumnElement[bool]:
    """Where a page is looked for among many, row after row soon has it."""
    now = _holds(rows.session, names.folded_now(rows.session, search.names), search.words)
    if search.names != NAMES.get(rows.table):
        return now
    kept = _holds(rows.session, names.FOLDED, search.words)
    found = kept if counting or _are_many(rows, kept) else rows.found_by(kept)
    return or_(found, and_(names.UNFOLDED, now)) if rows.has(names.UNFOLDED) else found


def _are_many(rows: Looked, condition: ColumnElement[bool]) -> bool:
    some = rows.keys(condition).limit(MANY).subquery()
    return rows.session.scalar(select(func.count()).select_from(some)) == MANY


def _holds(session: Session, text: ColumnElement[str], words: Sequence[str]) -> ColumnElement[bool]:
    if dialect_of(session) == "sqlite":  # LIKE is slow there
        return and_(*(func.instr(text, word) > 0 for word in words))
    return and_(*(text.contains(word, autoescape=True) for word in words))
