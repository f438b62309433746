"""Questions of the doctor to a database: is it there, whole, writable, at which version?"""

from sqlalchemy import text

from sync_core.store import sqlite
from sync_core.store.engines import Database
from sync_core.store.meanings import translated


def is_whole(database: Database) -> bool:
    """SQLite reads every page (seconds for a large file); PostgreSQL keeps its own checksums."""
    with database.read() as session:
        if database.file is None:
            return bool(session.scalar(text("SELECT 1")) == 1)
        return bool(session.scalar(text("PRAGMA quick_check(1)")) == "ok")


def try_to_write(database: Database, plane: str) -> None:
    """Writes a value over itself and takes it back. Raises DatabaseError."""
    engine = database.engine.execution_options(writes=True)
    with translated(database.file), engine.connect() as connection:
        table = f"alembic_version_{plane}"
        connection.execute(text(f"UPDATE {table} SET version_num = version_num"))  # noqa: S608
        connection.rollback()


def sqlite_library() -> tuple[str, bool]:
    """The version of the SQLite library in use, and whether its WAL mode is safe."""
    library = sqlite.library()
    return library.sqlite_version, sqlite.wal_is_safe(library.sqlite_version_info)
