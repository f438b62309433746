"""A database that was there once is not made again in silence: the other one tells of its runs."""

import pytest
from sqlalchemy import inspect, text, update

from sync_core.base.clock import utc_now
from sync_core.base.errors import DatabaseError
from sync_core.base.settings import load
from sync_core.store.control import Run
from sync_core.store.engines import Database, Databases
from sync_core.store.fence import raise_fence
from sync_core.store.migrate import PLANES, prepare
from sync_core.store.versions import CONTROL, DATA
from tests import seed

BESIDE = {
    "sqlite": (),
    "postgresql": ("DROP FUNCTION hamgam_forget_names",),
}
"""What migrations make that is no table of ours."""


def lose(databases: Databases, plane: str) -> None:
    """Its tables; the file itself, or the server's database, stays."""
    database = databases.control if plane == CONTROL else databases.data
    PLANES[plane].drop_all(database.engine)
    with database.write() as session:
        session.execute(text(f"DROP TABLE alembic_version_{plane}"))
        for statement in BESIDE[database.engine.dialect.name] if plane == DATA else ():
            session.execute(text(statement))


def tables(database: Database, plane: str) -> set[str]:
    return set(inspect(database.engine).get_table_names()) & set(PLANES[plane].tables)


def begin_a_run(databases: Databases) -> None:
    """As far as its fence."""
    run_id = seed.add_run(databases, "faculty")
    with databases.data.write() as session:
        epoch = raise_fence(session, "faculty", run_id, utc_now()).epoch
    with databases.control.write() as session:
        session.execute(update(Run).values(epoch=epoch))


def test_it_makes_nothing_that_is_there(databases: Databases) -> None:
    assert prepare(load(), databases) == ()


@pytest.mark.parametrize("plane", [CONTROL, DATA])
def test_it_makes_a_database_that_no_run_has_used(databases: Databases, plane: str) -> None:
    lose(databases, plane)

    assert prepare(load(), databases) == (plane,)


def test_it_makes_the_data_database_when_all_runs_were_refused(databases: Databases) -> None:
    seed.add_failure(databases, "faculty", "config")
    lose(databases, DATA)

    assert prepare(load(), databases) == (DATA,)


@pytest.mark.parametrize("plane", [CONTROL, DATA])
def test_it_makes_no_database_that_a_run_has_used_unless_it_is_told_to(
    databases: Databases, plane: str
) -> None:
    begin_a_run(databases)
    lose(databases, plane)
    database = databases.control if plane == CONTROL else databases.data

    with pytest.raises(DatabaseError, match="is empty, though 1 run is on record") as refused:
        prepare(load(), databases)

    assert database.place in refused.value.message
    assert "init --anew" in refused.value.hint
    assert tables(database, plane) == set()
    assert prepare(load(), databases, anew=True) == (plane,)
    assert prepare(load(), databases) == ()


def test_it_does_without_the_data_database_when_that_is_not_asked_for(databases: Databases) -> None:
    begin_a_run(databases)
    lose(databases, DATA)

    assert prepare(load(), databases, data=False) == ()
