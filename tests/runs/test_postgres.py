"""Syncs from the command line with both databases on PostgreSQL, in one database or in two."""

from collections.abc import Iterator
from itertools import product

import pytest

from sync_core.store.control import Base
from sync_core.store.data import FACULTY, STUDENTS, metadata
from tests.engine.gateway_process import GatewayProcess, running_gateway
from tests.engine.oracle import expected_faculty, expected_students
from tests.postgres import new_database
from tests.runs.installation import Installation, wait_until

TERMS = ("4051", "4043")
CAMPUSES = ("1110", "1120", "1130")
UNITS = list(product(TERMS, CAMPUSES))
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"


@pytest.fixture(scope="module")
def one_gateway() -> Iterator[GatewayProcess]:
    with running_gateway(faculty=120, students=400, campuses=3, page_cap=40) as gateway:
        yield gateway


@pytest.fixture
def gateway(one_gateway: GatewayProcess) -> Iterator[GatewayProcess]:
    yield one_gateway
    one_gateway.reset()


@pytest.fixture
def in_one(gateway: GatewayProcess, pytestconfig: pytest.Config) -> Iterator[Installation]:
    with new_database(pytestconfig) as url:
        installation = installed(gateway, url, url)
        yield installation
        installation.databases.dispose()


@pytest.fixture
def in_two(gateway: GatewayProcess, pytestconfig: pytest.Config) -> Iterator[Installation]:
    with new_database(pytestconfig) as control, new_database(pytestconfig) as data:
        installation = installed(gateway, control, data)
        yield installation
        installation.databases.dispose()


def installed(gateway: GatewayProcess, control: str, data: str) -> Installation:
    plan = {"HAMGAM_CAMPUSES": ",".join(CAMPUSES), "HAMGAM_TERMS": ",".join(TERMS)}
    urls = {"HAMGAM_DATABASE_URL": control, "HAMGAM_DATA_URL": data}
    return Installation({**gateway.environ, **plan, **urls})


def assert_students(installation: Installation, gateway: GatewayProcess) -> int:
    stored = installation.rows('SELECT * FROM "Students" WHERE missing_since IS NULL')
    expected = expected_students(gateway.world, UNITS)
    assert {row["studentnum"]: {n: row[n] for n in STUDENTS} for row in stored} == expected
    return len(expected)


def assert_faculty(installation: Installation, gateway: GatewayProcess) -> int:
    stored = installation.rows("SELECT * FROM faculty")
    names = [name for name in FACULTY if name != "province_code"]
    expected = expected_faculty(gateway.world)
    assert {row["nationalcode"]: {n: row[n] for n in names} for row in stored} == expected
    assert any(row["province_code"] is not None for row in stored)
    return len(expected)


def test_it_makes_both_tables_equal_the_gateway_and_then_changes_nothing(
    in_one: Installation, gateway: GatewayProcess
) -> None:
    code, first, _ = in_one.call("sync", "students", "--json")
    students = assert_students(in_one, gateway)
    other_code, other, _ = in_one.call("sync", "faculty", "--json")
    teachers = assert_faculty(in_one, gateway)
    _, second, _ = in_one.call("sync", "students", "--json")

    assert (code, first["status"], first["inserted"]) == (0, "success", students)
    assert (other_code, other["status"], other["inserted"]) == (0, "success", teachers)
    assert (second["status"], second["unchanged"]) == ("success", students)
    assert second["inserted"] == second["updated"] == second["missing"] == 0
    assert assert_students(in_one, gateway) == students


def test_it_keeps_each_table_in_its_place_when_the_databases_are_two(
    in_two: Installation, gateway: GatewayProcess
) -> None:
    code, report, _ = in_two.call("sync", "faculty", "--json")

    teachers = assert_faculty(in_two, gateway)
    assert (code, report["status"], report["inserted"]) == (0, "success", teachers)
    [row] = in_two.rows("SELECT * FROM data_syncs WHERE data_source='faculty'", control=True)
    assert (row["status"], row["records_synced"]) == ("success", teachers)
    control = {row["tablename"] for row in in_two.rows(TABLES, control=True)}
    data = {row["tablename"] for row in in_two.rows(TABLES)}
    assert control == {*Base.metadata.tables, "alembic_version_control"}
    assert data == {*metadata.tables, "alembic_version_data"}


def test_it_is_prepared_once_when_two_begin_at_once(in_one: Installation) -> None:
    with in_one.started("init") as one, in_one.started("init") as other:
        said = [process.communicate(timeout=60)[1] for process in (one, other)]

    assert (one.returncode, other.returncode) == (0, 0), said
    assert len(in_one.rows("SELECT * FROM province")) == 31
    assert len(in_one.rows("SELECT * FROM data_syncs", control=True)) == 2


def test_it_refuses_a_second_start_and_cancels_the_first(
    in_one: Installation, gateway: GatewayProcess
) -> None:
    gateway.control({"latency_ms": 20_000})
    _, first, _ = in_one.call("start", "students", "--json")
    wait_until(lambda: in_one.run_row(first["run_id"])["child_pid"], "the child of the first run")

    code, refused, said = in_one.call("start", "students", "--json")
    in_one.call("cancel", str(first["run_id"]), "--json")
    wait_until(lambda: in_one.run_row(first["run_id"])["finished_at"], "the run's end")

    ended = in_one.run_row(first["run_id"])
    assert (code, refused["run_id"]) == (3, first["run_id"])
    assert f"Run {first['run_id']}" in said
    assert (ended["status"], ended["error_class"]) == ("failed", "cancelled")


def test_it_says_what_to_do_when_the_server_is_not_there(in_one: Installation) -> None:
    in_one.environ["HAMGAM_DATABASE_URL"] = "postgresql://nobody:secret@127.0.0.1:9/none"

    code, _, said = in_one.call("status")

    assert code == 1
    assert "The database server cannot be reached" in said
    assert "secret" not in said
