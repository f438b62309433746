"""The two databases of an installation, and the two ways to use one: `read` and `write`."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from sync_core.base.settings import Settings
from sync_core.store import files, postgresql
from sync_core.store.meanings import translated, translated_files
from sync_core.store.sqlite import sqlite_engine

__all__ = ["Database", "Databases", "Session", "open_databases"]


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
        with translated(self.file), Session(engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction. SQLite lets no other writer in from its start; PostgreSQL does, so its
        queries lock what they decide by. Raises DatabaseError.
        """
        engine = self.engine.execution_options(writes=True)
        with (
            translated(self.file),
            Session(engine, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    @property
    def file(self) -> Path | None:
        """The file of a SQLite database."""
        name = self.engine.url.database
        return Path(name) if self.engine.dialect.name == "sqlite" and name else None

    @property
    def is_there(self) -> bool:
        """False for a SQLite file that is not there, or empty; of a server nothing is known."""
        return self.file is None or files.mark_of(self.file) is not None

    @property
    def place(self) -> str:
        """For a person: the file, or which database of which server. No password is in it."""
        url = self.engine.url
        return str(self.file or f"{url.database} of {url.host or url.query.get('host', 'here')}")

    def make(self) -> None:
        """A SQLite file without tables, where there is none. Raises DatabaseError."""
        if self.file is not None and not self.is_there:
            with translated_files(self.file):
                files.make(self.file)


@dataclass(frozen=True)
class Databases:
    control: Database
    data: Database

    def dispose(self) -> None:
        self.control.engine.dispose()
        self.data.engine.dispose()


def open_databases(settings: Settings) -> Databases:
    """Engines only: nothing is opened, made or migrated yet."""
    patience_s = settings.busy_timeout_s
    return Databases(
        control=_database("control", settings.database_url, patience_s),
        data=_database("data", settings.data_url, patience_s),
    )


def _database(name: str, url: str, busy_timeout_s: float) -> Database:
    if make_url(url).get_backend_name() != "sqlite":
        return Database(postgresql.postgresql_engine(url, busy_timeout_s))
    database = Database(sqlite_engine(url, busy_timeout_s))
    if database.file is not None:
        files.open_only(database.engine, name, database.file)
    return database
