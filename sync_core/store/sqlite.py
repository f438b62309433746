"""What only SQLite speaks: which library, which pragmas, how a transaction begins.

SQLite 3.7.0–3.51.2 can lose committed data in WAL mode when two connections write (the "WAL-reset
bug"); fixed in 3.51.3, and in 3.44.6 and 3.50.7. With an affected library the rollback journal is
used instead.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    SQLColumnExpression,
    TableValuedAlias,
    Text,
    bindparam,
    column,
    create_engine,
    event,
    func,
    literal_column,
    text,
)
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import UnaryExpression
from sqlalchemy.sql.operators import custom_op

from sync_core.base.text import fold
from sync_core.store.library import journal_mode as journal_mode
from sync_core.store.library import library as library
from sync_core.store.library import wal_is_safe as wal_is_safe

BETWEEN = "\x1f"
"""Between values that are read together."""
BUSY_TIMEOUT_S = 30.0
LONGEST_LOG_BYTES = 4 * 1024 * 1024
"""What a long reader made the log grow beyond is given back; so much of it is used all the time."""
CACHE_KIB = 32_768  # the inner pages of a million people's indexes; the default is 2 MB


def sqlite_engine(url: str, busy_timeout_s: float = BUSY_TIMEOUT_S) -> Engine:
    """An engine whose transactions begin as we say, not as the driver guesses."""
    engine = create_engine(
        make_url(url),
        hide_parameters=True,  # they are people
        module=library(),
        connect_args={"timeout": busy_timeout_s, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver must not begin transactions by itself
    connection.execute(f"PRAGMA journal_mode={journal_mode()}")
    connection.execute(f"PRAGMA journal_size_limit={LONGEST_LOG_BYTES}")
    connection.execute(
        "PRAGMA synchronous=NORMAL" if journal_mode() == "wal" else "PRAGMA synchronous=FULL"
    )
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA temp_store=MEMORY")
    connection.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
    connection.create_function("hamgam_fold", 1, fold, deterministic=True)


def _begin(connection: Connection) -> None:
    """Writers take the lock at once: a deferred upgrade fails with BUSY whatever the timeout."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def tehran_day(at: SQLColumnExpression[datetime]) -> ColumnElement[str]:
    """`2026-11-24`. Tehran has had one offset since 1401, and no run is older.

    Word for word what `sync_runs_sums` holds, and so is the next one: else it is computed anew.
    """
    return func.date(at, literal_column("'+3 hours'"), literal_column("'+30 minutes'"))


def seconds_between(
    begin: SQLColumnExpression[Any], end: SQLColumnExpression[Any]
) -> ColumnElement[float]:
    return (func.julianday(end) - func.julianday(begin)) * literal_column("86400")


def gathered(values: ColumnElement[float]) -> ColumnElement[str]:
    """All values of a group, as a JSON list."""
    return func.json_group_array(values)


def apart(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """The column as no index knows it.

    The planner takes what an index finds by one value for ten rows, where it may be half of all.
    """
    return UnaryExpression(column, operator=custom_op("+"))


def folded(words: ColumnElement[str]) -> ColumnElement[str]:
    """For rows that others wrote. No index or trigger uses it, for others could not."""
    return func.hamgam_fold(words, type_=Text)


def packed(
    session: Session, table_name: str, names: Mapping[str, tuple[str, int]], together: int
) -> Iterator[list[Sequence[Any]]]:
    """Some rows at a time, column by column: the first one, whether `missing_since` holds
    something, the others. No value is an empty text. `names`: each with the column that it is, and
    with how many of its characters; 0 for all.

    A column comes as one text that is cut up here: half the time that a value for each cell takes.
    """
    cells = ", ".join(
        f"ifnull({_first(*of)}, '') AS c{place}" for place, of in enumerate(names.values())
    )
    lists = (f"group_concat(c{place}, char({ord(BETWEEN)}))" for place, _ in enumerate(names))
    rows = (
        f"SELECT rowid AS id, missing_since IS NOT NULL AS gone, {cells}"  # noqa: S608
        f' FROM "{table_name}" WHERE rowid > :after ORDER BY rowid LIMIT :together'
    )
    whole = text(
        f"SELECT max(id), count(*), group_concat(gone, ''), {', '.join(lists)} FROM ({rows})"  # noqa: S608
    )
    given = {"after": -(2**63), "together": together}
    while True:
        last, count, gone, *columns = session.execute(whole, given).one()
        if not count:
            return
        cut: list[Sequence[Any]] = [column.split(BETWEEN) for column in columns]
        if any(len(column) != count for column in cut):  # a value holds the sign itself
            cells_of = zip(*session.execute(text(rows), given), strict=True)
            cut[:] = [list(column) for column in cells_of][2:]
        yield [list(map(str, cut[0])), [sign == "1" for sign in gone], *cut[1:]]
        given["after"] = last


def _first(name: str, length: int) -> str:
    return f'substr("{name}", 1, {length})' if length else f'"{name}"'


def listed() -> TableValuedAlias:
    return func.json_each(bindparam("keys", type_=Text)).table_valued(
        column("value", Text), name="listed"
    )


def as_list(keys: Sequence[str]) -> str:
    return orjson.dumps(keys).decode()


INSERT_MEMBERS = text(
    "INSERT INTO unit_members (unit_id, key, digest)"
    " SELECT :unit_id, value, substr(:digests, key * :size + 1, :size) FROM json_each(:keys)"
)
"""One statement for a whole unit: a quarter of the time that a statement a row takes."""
