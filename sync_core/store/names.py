"""The names of people as they are looked for: folded, beside the row.

A row's names are folded by the merge, in the transaction that writes them. Where another program
writes names, a trigger takes the folded ones away, and a new row has none: `unfolded` tells such
rows, the search reads their names themselves, and a later merge folds them. So nobody is hidden.

PostgreSQL has a trigram index on `names_folded`, where the server has pg_trgm. SQLite has none: it
would cost each insert a fifth, and whoever shows people has their names in memory.
"""

from collections.abc import Iterable, Sequence, Set
from functools import lru_cache

from sqlalchemy import (
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

FOLDED: ColumnElement[str] = column("names_folded", Text)
UNFOLDED = FOLDED.is_(None)
"""Which rows have no folded names; there is an index of them."""

_fold = lru_cache(maxsize=65_536)(fold)


def folded(names: Iterable[str | None]) -> str:
    """All names of one person as one text."""
    return " ".join(filter(None, (_fold(name) for name in names if name)))


def fold_changed(session: Session, source: str, table: Table, key: str, ours: Set[str]) -> None:
    """The names of rows that have none folded: the merge changed them, those of `ours`, or another
    program did. These are counted, for whoever keeps names elsewhere."""
    names = NAMES[table.name]
    query = select(table.c[key], *(table.c[name] for name in names))
    rows = session.execute(query.where(UNFOLDED).order_by(key).limit(AT_ONCE)).all()
    if not rows:
        return
    session.connection().execute(
        update(table)
        .where(table.c[key] == bindparam("own_key"))
        .values(names_folded=bindparam("text")),
        [{"own_key": row[0], "text": folded(row[1:])} for row in rows],
    )
    others = sum(row[0] not in ours for row in rows)
    if not others:
        return
    session.execute(
        update(source_fence)
        .where(source_fence.c.source == source)
        .values(names_of_others=source_fence.c.names_of_others + others)
    )


def folded_now(session: Session, names: Sequence[str]) -> ColumnElement[str]:
    """From the names themselves, row by row."""
    parts = [func.coalesce(column(name, Text), literal("")) for name in names]
    text: ColumnElement[str] = parts[0]
    for part in parts[1:]:
        text = text + literal(" ") + part
    is_sqlite = dialect_of(session) == "sqlite"
    return sqlite.folded(text) if is_sqlite else postgresql.folded(text)
