"""What only SQLite speaks: which library, which pragmas, how a transaction begins.

SQLite 3.7.0–3.51.2 can lose committed data in WAL mode when two connections write (the "WAL-reset
bug"); fixed in 3.51.3, and in 3.44.6 and 3.50.7. With an affected library the rollback journal is
used instead.
"""

import sqlite3
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import orjson
from sqlalchemy import (
    Connection,
    Engine,
    TableValuedAlias,
    Text,
    bindparam,
    column,
    create_engine,
    event,
    func,
    text,
)
from sqlalchemy.engine import make_url

try:
    from pysqlite3 import dbapi2 as _bundled
except ImportError:  # no wheel for this machine
    _bundled = None

BUSY_TIMEOUT_S = 30.0
LONGEST_LOG_BYTES = 4 * 1024 * 1024
"""What a long reader made the log grow beyond is given back; so much of it is used all the time."""
CACHE_KIB = 32_768  # the inner pages of a million people's indexes; the default is 2 MB


def library() -> ModuleType:
    """The newer of the bundled SQLite and Python's own."""
    if _bundled is not None and _bundled.sqlite_version_info > sqlite3.sqlite_version_info:
        return _bundled  # type: ignore[no-any-return]
    return sqlite3


def wal_is_safe(version: tuple[int, ...]) -> bool:
    if version[:2] == (3, 44):
        return version >= (3, 44, 6)
    if version[:2] == (3, 50):
        return version >= (3, 50, 7)
    return version >= (3, 51, 3)


def journal_mode() -> str:
    return "wal" if wal_is_safe(library().sqlite_version_info) else "delete"


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


def _begin(connection: Connection) -> None:
    """Writers take the lock at once: a deferred upgrade fails with BUSY whatever the timeout."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


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
