"""The students table against the oracle, row by row, column by column, after every kind of run."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from fetch_data.terms import current_term, previous_term
from sync_core.base.clock import tehran_today
from sync_core.store.data import STUDENTS
from tests.engine.gateway_process import GatewayProcess, running_gateway
from tests.engine.oracle import expected_students
from tests.runs.installation import Installation, wait_until

CURRENT = current_term(tehran_today())
TERMS = [CURRENT]
while len(TERMS) < 5:
    TERMS.append(previous_term(TERMS[-1]))
CAMPUSES = ("1110", "1120", "1130")
UNITS = list(product(TERMS, CAMPUSES))
RECENT = list(product(TERMS[:2], CAMPUSES))

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def one_gateway() -> Iterator[GatewayProcess]:
    with running_gateway(students=500, campuses=3, last_term=CURRENT) as gateway:
        yield gateway


@pytest.fixture
def gateway(one_gateway: GatewayProcess) -> Iterator[GatewayProcess]:
    yield one_gateway
    one_gateway.reset()


@pytest.fixture
def installation(gateway: GatewayProcess) -> Iterator[Installation]:
    plan = {"HAMGAM_CAMPUSES": ",".join(CAMPUSES), "HAMGAM_TERMS": ",".join(TERMS)}
    installation = Installation({**gateway.environ, **plan})
    yield installation
    installation.databases.dispose()


def sync(installation: Installation, *arguments: str) -> dict[str, Any]:
    """The report of a sync that succeeds; its parts add up."""
    code, report, said = installation.call("sync", "students", "--json", *arguments)
    parts = ("inserted", "updated", "unchanged", "stale", "duplicates", "rejected")
    assert (code, report["status"]) == (0, "success"), said
    assert sum(report[name] for name in parts) == report["fetched"]
    return dict(report)


def table(installation: Installation) -> dict[str, dict[str, Any]]:
    stored = installation.rows('SELECT * FROM "Students" WHERE missing_since IS NULL')
    return {row["studentnum"]: {name: row[name] for name in STUDENTS} for row in stored}


def test_it_equals_the_oracle_after_full_runs_of_a_world_that_changes(
    installation: Installation, gateway: GatewayProcess
) -> None:
    for changes in ({}, {}, {"revision": 1}, {"spread_revision": 2}, {"revision": 4}):
        if changes:
            gateway.control(changes)
        report = sync(installation)
        expected = expected_students(gateway.world, UNITS)
        assert table(installation) == expected
        assert report["inserted"] + report["updated"] + report["unchanged"] == len(expected)
    told = installation.call("show", str(report["run_id"]), "--json")[1]
    assert 0 < told["units_skipped"] < len(UNITS)


def test_it_skips_every_unit_when_nothing_changed_and_counts_as_a_verifying_run(
    installation: Installation,
) -> None:
    sync(installation)
    skipping = sync(installation)
    verifying = sync(installation, "--verify")

    changing = ("run_id", "duration_s")
    assert {k: v for k, v in skipping.items() if k not in changing} == {
        k: v for k, v in verifying.items() if k not in changing
    }
    told = [installation.run_row(report["run_id"]) for report in (skipping, verifying)]
    assert [row["units_skipped"] for row in told] == [len(UNITS), 0]
    assert [row["drift"] for row in told] == [None, 0]


def test_it_reads_only_recent_units_and_says_what_it_left_out(
    installation: Installation, gateway: GatewayProcess
) -> None:
    sync(installation)
    before = expected_students(gateway.world, UNITS)
    gateway.control({"spread_revision": 7, "reset_stats": True})

    report = sync(installation, "--mode", "recent")

    assert table(installation) == before | expected_students(gateway.world, RECENT)
    assert set(gateway.stats()["units"]) == {f"{term}/{campus}" for term, campus in RECENT}
    row = installation.run_row(report["run_id"])
    assert (row["units_total"], row["left_out"]) == (len(RECENT), len(UNITS) - len(RECENT))
    assert report["missing"] == 0
    sync(installation)
    assert table(installation) == expected_students(gateway.world, UNITS)


def test_it_reads_only_chosen_units(installation: Installation, gateway: GatewayProcess) -> None:
    chosen = [(TERMS[2], "1120"), (TERMS[1], "1120")]

    sync(installation, "--campus", "1120", "--term", TERMS[1], "--term", TERMS[2])

    assert table(installation) == expected_students(gateway.world, chosen)


def test_it_equals_the_oracle_after_failed_units_were_read_again(
    installation: Installation, gateway: GatewayProcess
) -> None:
    gateway.control({"fail": [{"campus": "1120", "term": TERMS[0], "status": 403}]})
    code, report, _ = installation.call("sync", "students", "--json")
    rest = [unit for unit in UNITS if unit != (TERMS[0], "1120")]
    assert (code, report["error_class"]) == (1, "partial")
    assert table(installation) == expected_students(gateway.world, rest)
    gateway.control({"fail": [], "revision": 5})

    report = sync(installation, "--mode", "failed")

    assert report["units_total"] == 1
    sync(installation)
    assert table(installation) == expected_students(gateway.world, UNITS)


def test_it_equals_the_oracle_after_a_cancelled_run_was_started_again(
    installation: Installation, gateway: GatewayProcess
) -> None:
    installation.environ["HAMGAM_CONCURRENCY"] = "1"
    gateway.control({"latency_ms": 400})
    _, started, _ = installation.call("start", "students", "--json")
    run_id = started["run_id"]
    wait_until(lambda: installation.run_row(run_id)["units_done"], "the first units")
    installation.call("cancel", str(run_id), "--json")
    wait_until(lambda: installation.run_row(run_id)["finished_at"], "the run's end")
    gateway.control({"latency_ms": 0, "revision": 3})
    cancelled = installation.run_row(run_id)
    assert cancelled["error_class"] == "cancelled"
    assert 0 < cancelled["units_done"] < len(UNITS)

    sync(installation)

    assert table(installation) == expected_students(gateway.world, UNITS)


def test_it_finds_and_mends_what_somebody_changed_here_when_it_verifies(
    installation: Installation, gateway: GatewayProcess
) -> None:
    sync(installation)
    [first, second] = sorted(table(installation))[:2]
    with installation.databases.data.write() as session:
        connection = session.connection()
        connection.exec_driver_sql(
            "UPDATE Students SET city = 'elsewhere' WHERE studentnum = ?", (first,)
        )
        connection.exec_driver_sql("DELETE FROM Students WHERE studentnum = ?", (second,))

    report = sync(installation, "--verify")

    assert table(installation) == expected_students(gateway.world, UNITS)
    assert installation.run_row(report["run_id"])["drift"] == 2
