"""What only PostgreSQL speaks: how a session waits and reads, a table's lock, what its errors mean.

SQLite lets one writer in at a time. Here writers run side by side, so a query that decides by what
it read locks it first: the fence, the source's row, the schedule, or the whole table.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Engine,
    Float,
    SQLColumnExpression,
    Table,
    TableValuedAlias,
    Text,
    bindparam,
    cast,
    column,
    create_engine,
    event,
    extract,
    func,
    text,
)
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from sync_core.base.errors import DatabaseError, DiskFull
from sync_core.base.text import FOLDED

CONNECT_TIMEOUT_S = 10
# A process that sleeps inside a transaction must not hold the fence longer than its lease.
IDLE_TIMEOUT_MS = 60_000
SNAPSHOT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
"""Execution options of a session that only reads: all its queries see one moment."""

_MEANINGS: tuple[tuple[tuple[str, ...], type[DatabaseError], str, str], ...] = (
    (("53100",), DiskFull, "The disk that holds the database is full.", "Free some space."),
    (
        ("55P03", "40P01", "40001"),
        DatabaseError,
        "The database is locked by another program.",
        "Wait until what else writes to it is done, then try again.",
    ),
    (
        ("25006", "42501"),
        DatabaseError,
        "The database cannot be written.",
        "Check that its server is no standby, and the rights of the user in the address.",
    ),
    (
        ("08", "25P0", "28", "3D", "533", "57P"),
        DatabaseError,
        "The database server cannot be reached, or ended the connection.",
        "Check that it runs, and the address, user and database in the setting.",
    ),
)
"""Beginnings of SQLSTATEs and what they mean to an operator."""


def postgresql_engine(url: str, busy_timeout_s: float) -> Engine:
    """Writers read what is committed; what they decide by, they lock."""
    engine = create_engine(
        url,
        hide_parameters=True,  # they are people
        pool_pre_ping=True,
        isolation_level="READ COMMITTED",
        connect_args={"connect_timeout": CONNECT_TIMEOUT_S},
    )
    limits = (
        f"SET lock_timeout = {round(busy_timeout_s * 1_000)}",
        f"SET idle_in_transaction_session_timeout = {IDLE_TIMEOUT_MS}",
    )

    def prepare(connection: Any, _record: object) -> None:
        connection.execute("; ".join(limits))
        connection.commit()

    event.listen(engine, "connect", prepare)
    return engine


def lock_table(session: Session, table: Table) -> None:
    """Shuts out other writers of a whole table until the transaction ends; readers go on."""
    _say(session, f'LOCK TABLE "{table.name}" IN SHARE ROW EXCLUSIVE MODE')


def analyze(session: Session, table: Table) -> None:
    """For a table just filled: the server counts rows for its planner a minute later, or never."""
    _say(session, f'ANALYZE "{table.name}"')


def tehran_day(at: SQLColumnExpression[datetime]) -> ColumnElement[str]:
    """`2026-11-24`."""
    return func.to_char(func.timezone("Asia/Tehran", at), "YYYY-MM-DD")


def seconds_between(
    begin: SQLColumnExpression[Any], end: SQLColumnExpression[Any]
) -> ColumnElement[float]:
    return cast(extract("epoch", end) - extract("epoch", begin), Float)


def gathered(values: ColumnElement[float]) -> ColumnElement[Sequence[float]]:
    """All values of a group."""
    return func.array_agg(values)


def folded(words: ColumnElement[str]) -> ColumnElement[str]:
    """For rows that others wrote: as `base.text.fold` does, but for letters outside our scripts."""
    kept = [(chr(sign), meant) for sign, meant in FOLDED.items() if meant]
    gone = "".join(chr(sign) for sign, meant in FOLDED.items() if not meant)
    written = "".join(sign for sign, _ in kept) + gone
    translated = func.translate(words, written, "".join(meant for _, meant in kept))
    spaced = func.regexp_replace(func.lower(translated), r"\s+", " ", "g")
    return func.btrim(spaced, type_=Text)


def listed() -> TableValuedAlias:
    keys = func.unnest(bindparam("keys", type_=ARRAY(Text)))
    return keys.table_valued(column("value", Text), name="listed").render_derived()


def as_list(keys: Sequence[str]) -> list[str]:
    return list(keys)


def _say(session: Session, statement: str) -> None:
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(statement))


def error_of(error: DBAPIError) -> DatabaseError | None:
    """None for an error of another database, and for one that means no more than "refused"."""
    state = getattr(error.orig, "sqlstate", "")
    if state is None:  # the client says so itself where it has no server to ask
        state = "08" if isinstance(error, OperationalError) else ""
    for beginnings, kind, message, hint in _MEANINGS:
        if state.startswith(beginnings):
            return kind(message, hint=hint)
    return None
