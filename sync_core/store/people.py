"""Queries on the rows of a source's table: which ones, in which order, page by page. They know no
column's meaning."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    UnaryExpression,
    column,
    func,
    or_,
    select,
    table,
)
from sqlalchemy.orm import Session

from sync_core.store.bulk import as_list, dialect_of, listed
from sync_core.store.data import row_changes, source_fence, unit_runs, unit_state
from sync_core.store.search import Search, fits
from sync_core.store.types import UtcDateTime

MISSING = column("missing_since", UtcDateTime)
KEYS_AT_ONCE = 20_000

ALL, REPORTED, MISSING_ONLY = "all", "reported", "missing"


@dataclass(frozen=True, slots=True)
class Rows:
    """Which rows, and in which order. `order` ends with the key, so that no two rows are alike.

    `descending`: by the first column of `order`. `facets`: for each column its values; None stands
    for no value. `changed_in`: a run, and the source whose changes they are. `condition`: whatever
    else must be true of a row's columns. `unit`: the source, and the unit whose record a row is.
    `parts`: facet → the column whose first characters it is, and how many.
    """

    table: str
    key: str
    order: tuple[str, ...]
    which: str = ALL
    search: Search | None = None
    facets: tuple[tuple[str, tuple[str | int | None, ...]], ...] = ()
    changed_in: tuple[str, int] | None = None
    condition: ColumnElement[bool] | None = None
    unit: tuple[str, str] | None = None
    descending: bool = False
    parts: Mapping[str, tuple[str, int]] = field(default_factory=dict)


def count_people(session: Session, table_name: str) -> tuple[int, int]:
    """Rows reported now, and rows no longer reported. Both are counted in an index."""
    people = table(table_name)
    total = session.scalar(select(func.count()).select_from(people)) or 0
    gone = select(func.count()).select_from(people).where(MISSING.is_not(None))
    missing = session.scalar(gone) or 0
    return total - missing, missing


def count_rows(session: Session, rows: Rows) -> int:
    conditions = wanted(session, rows, counting=True)
    query = select(func.count()).select_from(table(rows.table)).where(*conditions)
    return session.scalar(query) or 0


def people_page(
    session: Session, rows: Rows, columns: Sequence[str], *, skip: int, limit: int
) -> list[dict[str, Any]]:
    """`columns` and `missing_since` of each row.

    The keys of the page are found first; by key alone that takes its index only, and a deep page
    stays quick.
    """
    key: ColumnElement[Any] = column(rows.key)
    people, order = table(rows.table), in_order(rows)
    keys = (
        select(key)
        .select_from(people)
        .where(*wanted(session, rows))
        .order_by(*order)
        .offset(skip)
        .limit(limit)
        .subquery()
    )
    query = select(*_columns(columns)).select_from(people).where(key.in_(select(keys)))
    return [dict(row._mapping) for row in session.execute(query.order_by(*order))]


def stream_rows(
    session: Session, rows: Rows, columns: Sequence[str], *, together: int = 2_000
) -> Iterator[Sequence[tuple[Any, ...]]]:
    """Every row of the selection in its order: `columns` and `missing_since`, `together` at a time.

    The keys come first, and are all that is kept: they take some twenty bytes each.
    """
    keys = _all_keys(session, rows)
    while some := list(islice(keys, together)):
        found = {row[-1]: row[:-1] for row in _rows_of(session, rows, columns, some)}
        yield [found[key] for key in some if key in found]


def find_row(
    session: Session, table_name: str, key_column: str, key: str, columns: Sequence[str]
) -> dict[str, Any] | None:
    """`columns` and our own of one person."""
    shown = [*_columns(columns), column("first_run"), column("last_run")]
    query = select(*shown).select_from(table(table_name)).where(column(key_column) == key)
    row = session.execute(query).one_or_none()
    return None if row is None else dict(row._mapping)


def people_mark(session: Session, source: str) -> tuple[int, ...]:
    """Changes whenever a run takes the source, commits a unit of it, or marks its people missing; a
    key for caches. The run, its epoch, how many units it did and how many marks it wrote, and how
    many names of other programs merges have found."""
    columns = (source_fence.c.run_id, source_fence.c.epoch, source_fence.c.names_of_others)
    fence = session.execute(select(*columns).where(source_fence.c.source == source)).one_or_none()
    if fence is None:
        return ()
    marks = select(func.count()).where(
        row_changes.c.source == source,
        row_changes.c.run_id == fence.run_id,
        row_changes.c.column == MISSING.name,
    )
    done = session.scalar(select(func.count()).where(unit_runs.c.run_id == fence.run_id))
    written = session.scalar(marks) or 0
    return (fence.run_id, fence.epoch, done or 0, written, fence.names_of_others)


def sorting(
    order: Sequence[str], key: str, of: FromClause | None = None
) -> list[ColumnElement[Any] | UnaryExpression[Any]]:
    """Rows without a value come last; a key is never without one, and its index is plain."""
    found: list[ColumnElement[Any]] = [column(n) if of is None else of.c[n] for n in order]
    return [c if c.key == key else c.asc().nulls_last() for c in found]


def in_order(rows: Rows) -> list[ColumnElement[Any] | UnaryExpression[Any]]:
    first, *rest = sorting(rows.order, rows.key)
    if rows.descending:
        plain: ColumnElement[Any] = column(rows.order[0])
        first = plain.desc() if rows.order[0] == rows.key else plain.desc().nulls_last()
    return [first, *rest]


def _columns(names: Sequence[str]) -> list[ColumnElement[Any]]:
    return [*(column(name) for name in names), MISSING]


def wanted(session: Session, rows: Rows, *, counting: bool = False) -> list[ColumnElement[bool]]:
    """All of them must be true. `counting`: nothing is put in order."""
    found = [_one_of(cell(name, rows.parts), values) for name, values in rows.facets]
    if rows.which != ALL:
        found.append(MISSING.is_(None) if rows.which == REPORTED else MISSING.is_not(None))
    if rows.search is not None:
        found.append(fits(session, rows.table, rows.key, rows.search, counting=counting))
    if rows.changed_in is not None:
        found.append(_changed_in(rows, *rows.changed_in))
    if rows.unit is not None:
        found.append(_of_unit(*rows.unit))
    if rows.condition is not None:
        found.append(rows.condition)
    return found


def cell(name: str, parts: Mapping[str, tuple[str, int]]) -> ColumnElement[Any]:
    """A column, or the beginning of one."""
    of, length = parts.get(name, (name, 0))
    whole: ColumnElement[Any] = column(of)
    return func.substr(whole, 1, length).label(name) if length else whole


def _one_of(cell: ColumnElement[Any], values: Sequence[str | int | None]) -> ColumnElement[bool]:
    """An empty text is no value."""
    given = [value for value in values if value is not None]
    if None not in values:
        return cell.in_(given)
    empty = [""] if not given or isinstance(given[0], str) else []
    return or_(cell.is_(None), cell.in_([*given, *empty]))


def _of_unit(source: str, unit: str) -> ColumnElement[bool]:
    named = (unit_state.c.source == source, unit_state.c.unit == unit)
    return column("unit_id") == select(unit_state.c.id).where(*named).scalar_subquery()


def _changed_in(rows: Rows, source: str, run_id: int) -> ColumnElement[bool]:
    changed = select(row_changes.c.key).where(
        row_changes.c.run_id == run_id, row_changes.c.source == source
    )
    return column(rows.key).in_(changed)


def _all_keys(session: Session, rows: Rows) -> Iterator[str]:
    """As one text: a million strings would be a hundred megabytes. No text holds a NUL."""
    key: ColumnElement[str] = column(rows.key)
    query = select(key).select_from(table(rows.table)).where(*wanted(session, rows))
    options = {"yield_per": KEYS_AT_ONCE}
    pieces = session.scalars(query.order_by(*in_order(rows)), execution_options=options)
    text = "\0".join("\0".join(piece) for piece in pieces.partitions())
    start = 0
    while start < len(text):
        end = text.find("\0", start)
        end = len(text) if end < 0 else end
        yield text[start:end]
        start = end + 1


def _rows_of(
    session: Session, rows: Rows, columns: Sequence[str], keys: Sequence[str]
) -> list[tuple[Any, ...]]:
    """With the key once more, as the last of each."""
    dialect = dialect_of(session)
    key: ColumnElement[str] = column(rows.key)
    query = (
        select(*_columns(columns), key.label("key_of_row"))
        .select_from(table(rows.table))
        .where(key.in_(select(listed(dialect).c.value)))
    )
    return [tuple(row) for row in session.execute(query, {"keys": as_list(dialect, keys)})]
