"""The two databases of an installation, and the two ways to use one: `read` and `write`."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from sync_core.base.errors import DatabaseError, DiskFull
from sync_core.base.settings import Settings
from sync_core.store import postgresql
from sync_core.store.sqlite import sqlite_engine

__all__ = ["Database", "Databases", "Session", "open_databases", "translated"]


class Database:
    """One database. No transaction stays open across network I/O: keep the blocks short."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @contextmanager
    def read(self) -> Iterator[Session]:
        """One snapshot; nothing is committed. Raises DatabaseError."""
        engine = self.engine
        if engine.dialect.name == "postgresql":
            engine = engine.execution_options(**postgresql.SNAPSHOT)
        with translated(), Session(engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction. SQLite lets no other writer in from its start; PostgreSQL does, so its
        queries lock what they decide by. Raises DatabaseError.
        """
        engine = self.engine.execution_options(writes=True)
        with (
            translated(),
            Session(engine, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    @property
    def file(self) -> Path | None:
        """The file of a SQLite database."""
        name = self.engine.url.database
        return Path(name) if self.engine.dialect.name == "sqlite" and name else None


@dataclass(frozen=True)
class Databases:
    control: Database
    data: Database

    def dispose(self) -> None:
        self.control.engine.dispose()
        self.data.engine.dispose()


def open_databases(settings: Settings) -> Databases:
    """Engines only: nothing is opened, made or migrated yet."""
    return Databases(
        control=Database(_engine(settings.database_url, settings.busy_timeout_s)),
        data=Database(_engine(settings.data_url, settings.busy_timeout_s)),
    )


def _engine(url: str, busy_timeout_s: float) -> Engine:
    if make_url(url).get_backend_name() == "sqlite":
        return sqlite_engine(url, busy_timeout_s)
    return postgresql.postgresql_engine(url, busy_timeout_s)


@contextmanager
def translated() -> Iterator[None]:
    """The one place where errors of a database become ours. Their SQL and values stay out."""
    try:
        yield
    except DBAPIError as exc:
        raise (postgresql.error_of(exc) or _ours(exc)) from exc


def _ours(exc: DBAPIError) -> DatabaseError:
    text = str(exc.orig).lower()
    if "disk is full" in text or "no space left" in text or _errno(exc) == errno.ENOSPC:
        return DiskFull("The disk that holds the database is full.", hint="Free some space.")
    if "locked" in text or "busy" in text:
        return DatabaseError(
            "The database is locked by another program.",
            hint="Close what else writes to it, then try again.",
        )
    if "readonly" in text or "read-only" in text:
        return DatabaseError(
            "The database cannot be written.",
            hint="Check the rights of the file and its folder.",
        )
    if "unable to open" in text:
        return DatabaseError(
            "The database cannot be opened.",
            hint="Check that its folder exists, and its rights.",
        )
    if "not a database" in text or "malformed" in text:
        return DatabaseError(
            "The file is not a whole SQLite database.", hint="Restore it from a backup."
        )
    kind = type(exc.orig).__name__
    return DatabaseError(f"The database refused a statement ({kind}).", hint="Run doctor.")


def _errno(exc: DBAPIError) -> int | None:
    return getattr(exc.orig, "errno", None)
