"""Brings both databases to the version that this code needs. It never touches foreign tables.

What is missing is made only where it was never there: see `lost`. Alembic is imported only when
there is something to do, so that a command that finds both databases current pays two small
queries.
"""

from pathlib import Path

from sqlalchemy import Connection, MetaData, inspect, text

from sync_core.base.errors import DatabaseError
from sync_core.base.settings import Settings
from sync_core.store import control_access, control_alerts  # noqa: F401 - tables of Base.metadata
from sync_core.store.control import Base
from sync_core.store.data import metadata as data_metadata
from sync_core.store.engines import Database, Databases
from sync_core.store.lost import refuse_lost
from sync_core.store.meanings import translated, translated_files
from sync_core.store.versions import CONTROL, DATA, MIGRATIONS, head, version, version_in

__all__ = ["head", "prepare", "version"]

ADVISORY_LOCK = 4_051_001  # any number of ours: PostgreSQL's lock against two upgrades at once
PLANES = {CONTROL: Base.metadata, DATA: data_metadata}


def prepare(
    settings: Settings, databases: Databases, *, data: bool = True, anew: bool = False
) -> tuple[str, ...]:
    """Creates or migrates the databases. Idempotent and safe when several processes start.

    Which ones it made. Raises DatabaseError for one that is lost, unless it is to be made `anew`.
    """
    for folder in (settings.home, settings.log_folder):
        _make_folder(folder)
    planes = {CONTROL: databases.control} | ({DATA: databases.data} if data else {})
    found = {plane: version(database, plane) for plane, database in planes.items()}
    missing = tuple(plane for plane in planes if found[plane] is None)
    if not anew:
        for plane in missing:
            refuse_lost(databases, plane)
    for plane, database in planes.items():
        if found[plane] != head(plane):
            _upgrade(database, plane)
    return missing


def _make_folder(folder: Path) -> None:
    with translated_files(folder):
        folder.mkdir(parents=True, exist_ok=True)


def _upgrade(database: Database, plane: str) -> None:
    database.make()
    engine = database.engine.execution_options(writes=True)
    with translated(database.file), engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})"))
        found = version_in(connection, plane)
        if found is None:
            _refuse_foreign_tables(connection, PLANES[plane])
        if found != head(plane):
            _run_alembic(connection, plane)


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
