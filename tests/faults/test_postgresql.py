"""A PostgreSQL server that is killed, restarted, blocked or emptied, under a run and before one."""

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, text

from sync_core.store.engines import Database
from tests.engine.gateway_process import GatewayProcess
from tests.faults.scene import CONTROL, DATA, Scene, end_of
from tests.postgres import NOBODYS_PASSWORD, OwnServer, own_server
from tests.runs.installation import lives, wait_until

pytestmark = pytest.mark.slow

URLS = {CONTROL: "HAMGAM_DATABASE_URL", DATA: "HAMGAM_DATA_URL"}
TABLES = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"


@pytest.fixture(scope="module")
def server() -> Iterator[OwnServer]:
    with own_server() as server:
        yield server


@pytest.fixture
def scene(
    request: pytest.FixtureRequest,
    one_gateway: GatewayProcess,
    server: OwnServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Scene]:
    """After a first run, with the data on the server; a test's parameter may put more there."""
    url = server.new_database()
    planes = getattr(request, "param", [DATA])
    scene = Scene(one_gateway, monkeypatch, capsys, {URLS[plane]: url for plane in planes})
    scene.assert_recovers()
    scene.change_people()
    yield scene
    scene.let_go()
    one_gateway.reset()


def test_it_fails_when_the_server_is_killed_in_mid_run_and_then_recovers(
    scene: Scene, server: OwnServer
) -> None:
    before = scene.stored()
    with scene.planned_run() as run:
        server.kill()
        scene.answer()
        told = end_of(run)
    server.start()

    scene.assert_refused(told, "database", "server cannot be reached")
    assert NOBODYS_PASSWORD not in told.sentence
    scene.assert_none_active()
    assert scene.stored() == before
    scene.assert_recovers()


@pytest.mark.parametrize("scene", [[CONTROL, DATA]], indirect=True, ids=["both"])
def test_it_ends_the_run_when_the_server_is_there_again(scene: Scene, server: OwnServer) -> None:
    """Nothing can be written down meanwhile: that is tried until the lease is over."""
    before = scene.stored()
    with scene.planned_run() as run:
        child = scene.newest_run()["child_pid"]
        server.kill()
        scene.answer()
        wait_until(lambda: not lives(child), "the end of the child")
        server.start()
        told = end_of(run)

    scene.assert_refused(told, "database", "server cannot be reached")
    scene.assert_none_active()
    assert scene.stored() == before
    scene.assert_recovers()


def test_it_fails_when_somebody_blocks_the_table_and_then_recovers(scene: Scene) -> None:
    scene.set("HAMGAM_BUSY_TIMEOUT_S", "0.5")
    before = scene.stored()
    with scene.here.databases.data.write() as session:
        session.execute(text("LOCK TABLE faculty IN ACCESS EXCLUSIVE MODE"))
        told = scene.sync()

    scene.assert_refused(told, "database", "locked by another program")
    scene.assert_none_active()
    assert scene.stored() == before
    scene.assert_recovers()


def test_it_makes_no_tables_when_the_data_database_is_an_empty_one(
    scene: Scene, server: OwnServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = server.new_database()
    with monkeypatch.context() as patch:
        patch.setenv(URLS[DATA], empty)
        told = scene.sync()

    scene.assert_refused(told, "database", "The data database own_")
    scene.assert_refused(told, "database", "is empty, though 1 run is on record")
    assert NOBODYS_PASSWORD not in told.sentence
    assert tables_of(empty) == 0
    scene.assert_recovers()


def tables_of(url: str) -> int:
    database = Database(create_engine(url))
    with database.read() as session:
        found = session.scalar(text(TABLES))
    database.engine.dispose()
    return int(found or 0)
