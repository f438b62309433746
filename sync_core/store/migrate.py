"""Brings both databases to the version that this code needs. It never touches foreign tables.

Alembic is imported only when there is something to do, so that a command that finds both
databases current pays two small queries.
"""

from pathlib import Path

from sqlalchemy import Connection, MetaData, inspect, text

from sync_core.base.errors import DatabaseError
from sync_core.base.settings import Settings
from sync_core.store.control import Base
from sync_core.store.data import metadata as data_metadata
from sync_core.store.engines import Database, Databases, translated

MIGRATIONS = Path(__file__).parent / "migrations"
ADVISORY_LOCK = 4_051_001  # any number of ours: PostgreSQL's lock against two upgrades at once
PLANES = {"control": Base.metadata, "data": data_metadata}


def prepare(settings: Settings, databases: Databases, *, data: bool = True) -> None:
    """Creates or migrates the databases. Idempotent and safe when several processes start."""
    settings.home.mkdir(parents=True, exist_ok=True)
    settings.log_folder.mkdir(exist_ok=True)
    _upgrade(databases.control, "control")
    if data:
        _upgrade(databases.data, "data")


def head(plane: str) -> str:
    """The newest revision: scripts are named by number."""
    return max(path.stem.split("_")[0] for path in (MIGRATIONS / plane).glob("[0-9]*.py"))


def version(database: Database, plane: str) -> str | None:
    """The revision that a database has, or None for one that was never prepared."""
    with translated(), database.engine.connect() as connection:
        return _version(connection, plane)


def _upgrade(database: Database, plane: str) -> None:
    if database.file is not None:
        database.file.parent.mkdir(parents=True, exist_ok=True)
    if version(database, plane) == head(plane):
        return
    engine = database.engine.execution_options(writes=True)
    with translated(), engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})"))
        found = _version(connection, plane)
        if found is None:
            _refuse_foreign_tables(connection, PLANES[plane])
        if found != head(plane):
            _run_alembic(connection, plane)


def _version(connection: Connection, plane: str) -> str | None:
    table = f"alembic_version_{plane}"
    if not inspect(connection).has_table(table):
        return None
    found: str | None = connection.execute(text(f"SELECT version_num FROM {table}")).scalar()  # noqa: S608
    return found


def _refuse_foreign_tables(connection: Connection, ours: MetaData) -> None:
    clash = sorted(set(inspect(connection).get_table_names()) & set(ours.tables))
    if clash:
        raise DatabaseError(
            f"The database holds tables that Hamgam did not make: {', '.join(clash)}.",
            hint="Nothing was changed. Name another file in HAMGAM_DATA_URL, or move this one.",
        )


def _run_alembic(connection: Connection, plane: str) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", str(MIGRATIONS / plane).replace("%", "%%"))
    config.attributes.update(
        connection=connection,
        version_table=f"alembic_version_{plane}",
        metadata=PLANES[plane],
    )
    command.upgrade(config, "head")
