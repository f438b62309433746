"""Which version a database has, and which one this code needs. It changes nothing."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from sync_core.store.engines import Database
from sync_core.store.meanings import translated

CONTROL, DATA = "control", "data"
MIGRATIONS = Path(__file__).parent / "migrations"


def head(plane: str) -> str:
    """The newest revision: scripts are named by number."""
    return max(path.stem.split("_")[0] for path in (MIGRATIONS / plane).glob("[0-9]*.py"))


def version(database: Database, plane: str) -> str | None:
    """The revision that a database has, or None for one that was never prepared."""
    if not database.is_there:
        return None
    with translated(database.file), database.engine.connect() as connection:
        return version_in(connection, plane)


def version_in(connection: Connection, plane: str) -> str | None:
    table = f"alembic_version_{plane}"
    if not inspect(connection).has_table(table):
        return None
    found: str | None = connection.execute(text(f"SELECT version_num FROM {table}")).scalar()  # noqa: S608
    return found
