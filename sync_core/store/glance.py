"""A glance at the control database: does anything wait for a turn of the scheduler?

It asks the driver itself, for SQLAlchemy takes longer to import than all this takes, and a tick
comes every minute. Whatever it does not understand, it leaves to a whole turn: it judges nothing,
and writes nothing but signs of life.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from sync_core.store.library import journal_mode, library
from sync_core.store.revisions import CONTROL, head

PATIENCE_S = 2
SQLITE = "sqlite:///"

_WAITING = (
    # A run that may have to be ended, and whose end will mean something.
    "SELECT 1 FROM sync_runs WHERE status IN ('pending', 'running')",
    "SELECT 1 FROM schedules WHERE enabled AND"
    " (next_due_at IS NULL OR next_due_at <= :now OR retry_at <= :now)",
    # A run whose end the schedule does not know yet.
    "SELECT 1 FROM schedules WHERE enabled AND COALESCE(judged_run, 0) <> COALESCE("
    "(SELECT max(id) FROM sync_runs WHERE sync_runs.source = schedules.source), 0)",
    # A new account for the gateway: nothing is held back any more.
    "SELECT 1 FROM schedules WHERE enabled AND failures > 0 AND EXISTS (SELECT 1 FROM settings s"
    " WHERE s.key IN ('gateway_url', 'gateway_user', 'gateway_password')"
    " AND (s.updated_at > forgiven_at OR forgiven_at IS NULL))",
    "SELECT 1 FROM alert_deliveries WHERE state IN ('waiting', 'sending') AND next_try_at <= :now",
    # A clock that was set back: slots may have to be moved.
    "SELECT 1 FROM heartbeats WHERE name = 'tick' AND at > :now",
)
"""Each of these finds a row where a whole turn has something to do."""
_VERSION = f"SELECT version_num FROM alembic_version_{CONTROL}"  # noqa: S608
_WHOLE = "SELECT 1 FROM heartbeats WHERE name = :name AND at > :since"
_BEAT = "UPDATE heartbeats SET at = :now, host = :host WHERE name = :name"


class Unclear(Exception):
    """Only a whole turn can say what is the matter."""


class Query(Protocol):
    """Runs a statement with named values, on one database or the other."""

    def __call__(self, statement: str, **values: object) -> Any: ...


def beat_if_quiet(
    url: str, beats: Sequence[str], *, now: datetime, host: str, whole: str, since: datetime
) -> bool:
    """Gives the signs of life `beats` and is true, if nothing waits and one of `whole` came after
    `since`; else nothing is changed.
    """
    connected = _sqlite if url.startswith(SQLITE) else _postgresql
    try:
        with connected(url) as query:
            quiet = (
                _found(query, _VERSION) == head(CONTROL)
                and _found(query, _WHOLE, name=whole, since=since) is not None
                and not any(_found(query, statement, now=now) for statement in _WAITING)
                and all(_beaten(query, name, now, host) for name in beats)
            )
            query("COMMIT" if quiet else "ROLLBACK")
    except (Unclear, OSError, ValueError):
        return False
    return quiet


def _found(query: Query, statement: str, **values: object) -> object:
    row = query(statement, **values).fetchone()
    return None if row is None else row[0]


def _beaten(query: Query, name: str, now: datetime, host: str) -> bool:
    """False for the first one ever: then a row has to be made."""
    return bool(query(_BEAT, name=name, now=now, host=host).rowcount == 1)


@contextmanager
def _sqlite(url: str) -> Iterator[Query]:
    file, driver = Path(url.removeprefix(SQLITE)), library()
    if "?" in url or not file.exists() or not file.stat().st_size:
        raise Unclear
    address = f"{file.absolute().as_uri()}?mode=rw"
    try:
        with closing(
            driver.connect(address, uri=True, timeout=PATIENCE_S, isolation_level=None)
        ) as connection:

            def query(statement: str, **values: object) -> Any:
                return connection.execute(statement, {k: _as_text(v) for k, v in values.items()})

            if query("PRAGMA journal_mode").fetchone()[0] != journal_mode():
                raise Unclear
            query(f"PRAGMA synchronous={'NORMAL' if journal_mode() == 'wal' else 'FULL'}")
            query("BEGIN IMMEDIATE")
            yield query
    except driver.Error as exc:
        raise Unclear from exc


def _as_text(value: object) -> object:
    """A time as `types.UtcDateTime` stores it."""
    if isinstance(value, datetime):
        naive = value.astimezone(UTC).replace(tzinfo=None)
        return naive.isoformat(sep=" ", timespec="microseconds")
    return value


@contextmanager
def _postgresql(url: str) -> Iterator[Query]:
    import psycopg  # not where the databases are SQLite's

    address = url.replace("postgresql+psycopg://", "postgresql://", 1)
    try:
        with psycopg.connect(address, connect_timeout=PATIENCE_S) as connection:

            def query(statement: str, **values: object) -> Any:
                named = re.sub(r":(\w+)", r"%(\1)s", statement)
                return connection.execute(named.encode(), values)

            query(f"SET lock_timeout = {PATIENCE_S * 1_000}")
            yield query
    except psycopg.Error as exc:
        raise Unclear from exc
