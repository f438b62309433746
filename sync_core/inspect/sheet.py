"""The columns that people are counted, sorted and named by, in memory: what a million rows must be
asked at once, no database answers in a tenth of a second.

A sheet is as the table was at its mark. `fresh` brings it up to the mark of the session that asks:
it reads the rows that runs have written since, or all where most are new. No sheet ever changes, so
whoever still counts in an older one is not disturbed. It holds no personal column.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import and_, or_
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from sync_core.base.errors import ConfigError
from sync_core.engine.source import Source
from sync_core.inspect.folded import Array, FoldedTexts
from sync_core.inspect.masking import open_columns
from sync_core.inspect.people_filter import order_of
from sync_core.store import columns as store
from sync_core.store.columns import Piece
from sync_core.store.engines import Database, Session
from sync_core.store.people import Rows, people_mark

Mark = tuple[int, ...]
MARK = ("run", "epoch", "units", "marks", "names of others")
"""What a mark consists of, once there has been a run."""

LONGEST_KEY = 32
"""Bytes; keys are kept side by side where all are that short."""
FEW = 0.2
"""Of all rows: so many are read anew one by one."""
NOTHING = 0
"""The number of "no value", which an empty text is as well."""


class Numbers(dict[Any, int]):
    """Each value's number, given when it is first asked for."""

    def __init__(self) -> None:
        super().__init__({None: NOTHING, "": NOTHING})
        self.values_by_number: list[Any] = [None]
        self._folded = FoldedTexts.of([""])

    def of(self, values: Sequence[Any]) -> Array:
        return np.fromiter(map(self.__getitem__, values), dtype=np.uint32, count=len(values))

    def folded(self) -> FoldedTexts:
        """The values' texts by their numbers; those that are new since the last time are added."""
        known, values = self._folded, self.values_by_number
        if known.count < len(values):
            self._folded = known = known.and_more([str(value) for value in values[known.count :]])
        return known

    def __missing__(self, value: Any) -> int:
        self[value] = number = len(self.values_by_number)
        self.values_by_number.append(value)
        return number


@dataclass(frozen=True, slots=True)
class Coded:
    """A column: `numbers[value]` and, for each row, the number of its value."""

    numbers: Numbers
    codes: Array

    def ranks(self, *, descending: bool) -> Array:
        """For each row the place of its value; no value comes last."""
        values = self.numbers.values_by_number
        some = sorted(range(1, len(values)), key=lambda at: _sortable(values[at]))
        some = some[::-1] if descending else some
        places = np.empty(len(values), dtype=np.uint32)
        places[some] = np.arange(len(some), dtype=np.uint32)
        places[NOTHING] = len(some)
        ranks: Array = places[self.codes]
        return ranks


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows have positions, in no order. `seen`: the latest change that is in them.

    `by_key`: all positions in the order of the keys; `own`: in the source's own order.
    """

    mark: Mark
    seen: int
    keys: Array
    missing: Array
    columns: dict[str, Coded]
    by_key: Array
    own: Array
    orders: dict[tuple[str, bool], Array]
    """Column and direction → positions; those that somebody asked for."""

    def __len__(self) -> int:
        return len(self.keys)

    def positions(self, keys: Sequence[str]) -> Array:
        """Of those keys that it has."""
        wanted = _as_keys(keys)
        if self.keys.dtype != object:  # it has none that are longer than all of its own
            longest = self.keys.dtype.itemsize
            wanted = _as_keys(key for key in keys if len(key.encode()) <= longest)
            wanted = wanted.astype(self.keys.dtype)
        if not len(wanted) or not len(self):
            return np.empty(0, dtype=np.int64)
        at = np.searchsorted(self.keys, wanted, sorter=self.by_key)
        found = self.by_key[np.minimum(at, len(self) - 1)]
        there: Array = found[self.keys[found] == wanted]
        return there

    def named(self, words: Sequence[str], names: Sequence[str]) -> Array:
        """Mask of the rows whose `names` together hold every one of the folded words."""
        return reduce(and_, (self._one_named(word, names) for word in words))

    def _one_named(self, word: str, names: Sequence[str]) -> Array:
        columns = (self.columns[name] for name in names)
        return reduce(or_, (c.numbers.folded().holding(word).take(c.codes) for c in columns))

    def order(self, column: str | None, *, descending: bool) -> Array:
        if column is None:
            return self.own[::-1] if descending else self.own
        known = self.orders.get((column, descending))
        if known is None:
            ranks = self.columns[column].ranks(descending=descending)
            known = self.own[np.argsort(ranks[self.own], kind="stable")]
            self.orders[column, descending] = known
        return known

    def key_texts(self, positions: Array) -> list[str]:
        return [key.decode() for key in self.keys[positions].tolist()]


_sheets: WeakKeyDictionary[Database, dict[str, Sheet]] = WeakKeyDictionary()
_locks: WeakKeyDictionary[Database, Lock] = WeakKeyDictionary()
_lock = Lock()


def fresh(database: Database, session: Session, source: Source, *more: str) -> Sheet:
    """With the facets and names of the source and `more` open columns, as the session sees them."""
    hidden = set(more).difference(open_columns(source), source.parts)
    if hidden:
        raise ConfigError(f"Nobody may sort by {min(hidden)!r}.", hint="Take another column.")
    with _lock:
        known, lock = _sheets.setdefault(database, {}), _locks.setdefault(database, Lock())
    with lock:
        sheet = _fresh(session, source, known.get(source.name), more)
        known[source.name] = sheet
    return sheet


def _fresh(session: Session, source: Source, old: Sheet | None, more: Sequence[str]) -> Sheet:
    always = (*source.facets, *source.names)
    # Before the first run there is no mark.
    mark = people_mark(session, source.name) or (store.count_all(session, source.table),)
    if old is None or set(always).difference(old.columns):
        return _whole(session, source, mark, list(dict.fromkeys((*always, *more))))
    if old.mark != mark:
        old = _caught_up(session, source, old, mark)
    missing = [name for name in more if name not in old.columns]
    return _widened(session, source, old, missing) if missing else old


def _caught_up(session: Session, source: Source, old: Sheet, mark: Mark) -> Sheet:
    rows = _written_since(session, source, old) if old.mark[-1:] == mark[-1:] else None
    if rows is not None:
        new = _changed(old, rows)
        if len(new) == store.count_all(session, source.table):  # else somebody took rows away
            seen = max(old.seen, store.latest_change(session, source.name, old.mark[0]))
            return _ordered(session, source, replace(new, mark=mark, seen=seen), old)
    return _whole(session, source, mark, list(old.columns))


def _written_since(session: Session, source: Source, old: Sheet) -> Piece | None:
    """None where it is quicker to read all."""
    if len(old.mark) < len(MARK):
        return None
    most = int(FEW * len(old)) + 1
    keys = store.changed_since(session, source.name, old.mark[0], old.seen, most=most)
    if len(keys) == most:
        return None
    names = list(old.columns)
    return store.read_some(session, source.table, source.key, names, source.parts, keys)


def _changed(old: Sheet, rows: Piece) -> Sheet:
    """With these rows in the places of those with their keys, or added."""
    if not rows.keys:
        return old
    known = set(old.key_texts(old.positions(rows.keys)))
    ours = [at for at, key in enumerate(rows.keys) if key in known]
    added = [at for at, key in enumerate(rows.keys) if key not in known]
    places = old.positions([rows.keys[at] for at in ours])

    def put(into: Array, given: Sequence[Any] | Array) -> Array:
        more = np.array([given[at] for at in added], dtype=into.dtype)
        new = np.concatenate([into, more])
        new[places] = np.array([given[at] for at in ours], dtype=into.dtype)
        return new

    columns = {
        name: Coded(coded.numbers, put(coded.codes, coded.numbers.of(rows.values[name])))
        for name, coded in old.columns.items()
    }
    keys = [old.keys, _as_keys(rows.keys[at] for at in added)] if added else [old.keys]
    missing = put(old.missing, rows.missing)
    return replace(old, keys=_joined(keys), missing=missing, columns=columns, orders={})


def _whole(session: Session, source: Source, mark: Mark, names: Sequence[str]) -> Sheet:
    seen = store.latest_change(session, source.name, mark[0]) if len(mark) == len(MARK) else 0
    keys: list[Array] = []
    missing: list[Array] = []
    numbers = {name: Numbers() for name in names}
    codes: dict[str, list[Array]] = {name: [] for name in names}
    for rows in store.read_columns(session, source.table, source.key, names, source.parts):
        keys.append(_as_keys(rows.keys))
        missing.append(np.array(rows.missing, dtype=bool))
        for name in names:
            codes[name].append(numbers[name].of(rows.values[name]))
    columns = {name: Coded(numbers[name], _joined(codes[name])) for name in names}
    nobody = np.empty(0, dtype=np.int64)
    sheet = Sheet(mark, seen, _joined(keys), _joined(missing), columns, nobody, nobody, {})
    return _ordered(session, source, sheet, None)


def _widened(session: Session, source: Source, old: Sheet, names: Sequence[str]) -> Sheet:
    """By more columns; the others are read again only where the rows come in another order."""
    more = _whole(session, source, old.mark, names)
    if not np.array_equal(more.keys, old.keys):
        return _whole(session, source, old.mark, [*old.columns, *names])
    return replace(old, columns={**old.columns, **more.columns})


def _ordered(session: Session, source: Source, sheet: Sheet, old: Sheet | None) -> Sheet:
    by_key = old.by_key if old is not None and len(old) == len(sheet) else np.argsort(sheet.keys)
    order = order_of(source)
    sheet = replace(sheet, by_key=by_key)
    if order == (source.key,):
        return replace(sheet, own=by_key)
    keys = store.keys_in_order(session, Rows(source.table, source.key, order))
    return replace(sheet, own=sheet.positions(keys))


def _as_keys(keys: Iterable[str]) -> Array:
    """Side by side where all are short."""
    encoded = [key.encode() for key in keys]
    longest = max(map(len, encoded), default=1)
    return np.array(encoded, dtype=f"S{longest}" if longest <= LONGEST_KEY else object)


def _sortable(value: Any) -> tuple[bool, Any]:
    """What other programs wrote may be of another type than its column says."""
    return isinstance(value, str), value


def _joined(parts: Sequence[Array]) -> Array:
    return np.concatenate(parts) if parts else np.empty(0, dtype=bool)
