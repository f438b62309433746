"""The names of people as they are looked for: folded, beside the row, indexed by their trigrams.

A row's names are folded by the merge, in the transaction that writes them. Where another program
writes names, a trigger takes the folded ones away, and a new row has none: `unfolded` tells such
rows, the search reads their names themselves, and a later merge folds them. No index hides anybody.

SQLite: `names_id` is the number of these names in the table `…_names` (FTS5), a new one each time.
Nothing is deleted there: what it holds of names that are gone has numbers that are in no row.
PostgreSQL: a trigram index on `names_folded`, where the server has pg_trgm.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Table,
    Text,
    bindparam,
    column,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.orm import Session

from sync_core.base.text import fold
from sync_core.store import postgresql, sqlite
from sync_core.store.bulk import dialect_of
from sync_core.store.data import NAMES, source_fence

AT_ONCE = 10_000
"""Rows of other programs that one merge folds."""

_fold = lru_cache(maxsize=65_536)(fold)

Names = Sequence[str | None]


def folded(names: Iterable[str | None]) -> str:
    """All names of one person as one text."""
    return " ".join(filter(None, (_fold(name) for name in names if name)))


def fold_new(session: Session, table: Table, people: Sequence[Names]) -> list[tuple[Any, ...]]:
    """Indexes them; `(names_folded, names_id)` of each, for the rows about to be written."""
    texts = [folded(names) for names in people]
    if dialect_of(session) != "sqlite":
        return [(text, None) for text in texts]
    first = (session.scalar(select(func.max(table.c.names_id))) or 0) + 1
    ids = range(first, first + len(texts))
    sqlite.add_names(session.connection(), table.name, list(zip(ids, texts, strict=True)))
    return list(zip(texts, ids, strict=True))


def fold_others(session: Session, source: str, table: Table, key: str) -> None:
    """Those of rows that have none: their names were changed, or another program wrote them. They
    are counted, for whoever keeps names elsewhere."""
    names = NAMES[table.name]
    query = select(table.c[key], *(table.c[name] for name in names))
    rows = session.execute(query.where(unfolded(session)).order_by(key).limit(AT_ONCE)).all()
    if not rows:
        return
    new = fold_new(session, table, [row[1:] for row in rows])
    session.connection().execute(
        update(table)
        .where(table.c[key] == bindparam("own_key"))
        .values(names_folded=bindparam("text"), names_id=bindparam("number", type_=BigInteger)),
        [
            {"own_key": row[0], "text": text, "number": number}
            for row, (text, number) in zip(rows, new, strict=True)
        ],
    )
    session.execute(
        update(source_fence)
        .where(source_fence.c.source == source)
        .values(names_of_others=source_fence.c.names_of_others + len(rows))
    )


def unfolded(session: Session) -> ColumnElement[bool]:
    """Which rows have no folded names; each database has an index of them."""
    is_sqlite = dialect_of(session) == "sqlite"
    kept: ColumnElement[Any] = column("names_id" if is_sqlite else "names_folded")
    return kept.is_(None)


def folded_now(session: Session, names: Sequence[str]) -> ColumnElement[str]:
    """From the names themselves, row by row."""
    parts = [func.coalesce(column(name, Text), literal("")) for name in names]
    text: ColumnElement[str] = parts[0]
    for part in parts[1:]:
        text = text + literal(" ") + part
    is_sqlite = dialect_of(session) == "sqlite"
    return sqlite.folded(text) if is_sqlite else postgresql.folded(text)
