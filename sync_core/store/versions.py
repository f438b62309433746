"""Which version a database has, and which one this code needs. It changes nothing."""

from sqlalchemy import Connection, inspect, text

from sync_core.store.engines import Database
from sync_core.store.meanings import translated
from sync_core.store.revisions import CONTROL as CONTROL
from sync_core.store.revisions import DATA as DATA
from sync_core.store.revisions import MIGRATIONS as MIGRATIONS
from sync_core.store.revisions import head as head


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
