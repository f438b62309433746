"""Reads a few columns of a source's table: of all rows, or of some. It keeps nothing."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, column, func, select, table
from sqlalchemy.orm import Session

from sync_core.store import sqlite
from sync_core.store.bulk import as_list, dialect_of, listed
from sync_core.store.data import metadata, row_changes
from sync_core.store.people import MISSING, Rows, cell, in_order, wanted

AT_ONCE = 20_000
Parts = Mapping[str, tuple[str, int]]
"""As in `people.Rows`."""
WHOLE = re.compile(r"-?[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some rows, column by column. An empty text may stand for no value."""

    keys: Sequence[str]
    missing: Sequence[bool]
    values: Mapping[str, Sequence[Any]]


def read_columns(
    session: Session, table_name: str, key: str, names: Sequence[str], parts: Parts
) -> Iterator[Piece]:
    """All rows, in no order."""
    if dialect_of(session) == "sqlite":
        whole = _whole_numbers(table_name, names)
        cells = {name: parts.get(name, (name, 0)) for name in (key, *names)}
        for keys, missing, *values in sqlite.packed(session, table_name, cells, AT_ONCE):
            yield Piece(keys, missing, dict(zip(names, map(_typed, values, whole), strict=True)))
        return
    options = {"yield_per": AT_ONCE}
    found = session.execute(_columns(table_name, key, names, parts), execution_options=options)
    for rows in found.partitions():
        yield _piece(names, rows)


def read_some(
    session: Session,
    table_name: str,
    key: str,
    names: Sequence[str],
    parts: Parts,
    keys: Sequence[str],
) -> Piece:
    """Of the rows with these keys."""
    dialect = dialect_of(session)
    given: ColumnElement[str] = column(key)
    these = given.in_(select(listed(dialect).c.value))
    query = _columns(table_name, key, names, parts).where(these)
    return _piece(names, session.execute(query, {"keys": as_list(dialect, keys)}).all())


def _piece(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> Piece:
    if not rows:
        return Piece((), (), dict.fromkeys(names, ()))
    keys, missing, *values = zip(*rows, strict=True)
    return Piece(keys, missing, dict(zip(names, values, strict=True)))


def _columns(table_name: str, key: str, names: Sequence[str], parts: Parts) -> Select[Any]:
    shown: list[ColumnElement[Any]] = [column(key), MISSING.is_not(None)]
    return select(*shown, *(cell(name, parts) for name in names)).select_from(table(table_name))


def _whole_numbers(table_name: str, names: Sequence[str]) -> list[bool]:
    columns = metadata.tables[table_name].c
    return [name in columns and columns[name].type.python_type is int for name in names]


class _Numbers(dict[Any, Any]):
    """Text → whole number, or the text where another program wrote something else."""

    def __missing__(self, text: Any) -> Any:
        self[text] = value = int(text) if WHOLE.fullmatch(str(text)) else text
        return value


def _typed(texts: Sequence[str], is_whole: bool) -> Sequence[Any]:
    return list(map(_Numbers().__getitem__, texts)) if is_whole else texts


def latest_change(session: Session, source: str, run_id: int) -> int:
    """Of the run or of a later one; 0 where there is none."""
    changed = row_changes.c
    query = select(func.max(changed.id)).where(changed.source == source, changed.run_id >= run_id)
    return session.scalar(query) or 0


def changed_since(
    session: Session, source: str, run_id: int, change: int, *, most: int
) -> Sequence[str]:
    """Keys of rows that were changed after `change`, a change of the run or of one before it;
    `most` of them."""
    changed = row_changes.c
    query = select(changed.key).where(
        changed.source == source, changed.run_id >= run_id, changed.id > change
    )
    return session.scalars(query.distinct().limit(most)).all()


def count_all(session: Session, table_name: str) -> int:
    return session.scalar(select(func.count()).select_from(table(table_name))) or 0


def keys_in_order(session: Session, rows: Rows) -> Sequence[str]:
    key: ColumnElement[str] = column(rows.key)
    query = select(key).select_from(table(rows.table)).where(*wanted(session, rows))
    return session.scalars(query.order_by(*in_order(rows))).all()


def keys_found(session: Session, rows: Rows, most: int | None = None) -> Sequence[str]:
    """In no order; `most` of them."""
    key: ColumnElement[str] = column(rows.key)
    conditions = wanted(session, rows, counting=True)
    query = select(key).select_from(table(rows.table)).where(*conditions)
    return session.scalars(query.limit(most)).all()


def rows_by_key(
    session: Session, rows: Rows, columns: Sequence[str], keys: Sequence[str]
) -> list[dict[str, Any]]:
    """`columns` and `missing_since` of the rows with these keys, in the order of the keys."""
    key: ColumnElement[str] = column(rows.key)
    shown: list[ColumnElement[Any]] = [column(name) for name in columns]
    query = select(*shown, MISSING, key.label("key_of_row")).select_from(table(rows.table))
    found = {row[-1]: dict(row._mapping) for row in session.execute(query.where(key.in_(keys)))}
    for row in found.values():
        del row["key_of_row"]
    return [found[key] for key in keys if key in found]
