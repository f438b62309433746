"""A run does not hammer a gateway that refuses all, nor give up on one that refuses a part."""

from collections.abc import Iterator
from itertools import product

import pytest

from fetch_data.gateway import STUDENTS
from fetch_data.terms import terms_between
from tests.engine.gateway_process import GatewayProcess, running_gateway
from tests.engine.oracle import expected_students
from tests.runs.installation import Installation

TERMS = terms_between(1400, "4043")
CAMPUSES = ("1110", "1120", "1130")
NEWEST = TERMS[-6:]  # more units than fail in a row before a run asks a witness

pytestmark = pytest.mark.slow


@pytest.fixture
def gateway() -> Iterator[GatewayProcess]:
    with running_gateway(students=200, campuses=3) as gateway:
        yield gateway


@pytest.fixture
def installation(gateway: GatewayProcess) -> Iterator[Installation]:
    plan = {"HAMGAM_CAMPUSES": ",".join(CAMPUSES), "HAMGAM_TERMS": ",".join(TERMS)}
    calm = {"HAMGAM_CONCURRENCY": "1"}
    installation = Installation({**gateway.environ, **plan, **calm})
    yield installation
    installation.databases.dispose()


def test_it_ends_early_when_every_unit_is_forbidden(
    installation: Installation, gateway: GatewayProcess
) -> None:
    gateway.control({"fail": [{"path": STUDENTS, "status": 403}]})

    code, report, _ = installation.call("sync", "students", "--json")

    assert (code, report["status"], report["error_class"]) == (1, "failed", "gateway")
    assert "were not tried" in report["error_message"]
    assert gateway.stats()["calls"][STUDENTS] < len(TERMS) * len(CAMPUSES)


def test_it_goes_on_when_only_the_newest_terms_are_forbidden(
    installation: Installation, gateway: GatewayProcess
) -> None:
    gateway.control({"fail": [{"term": term, "status": 403} for term in NEWEST]})

    _, report, _ = installation.call("sync", "students", "--json")

    units = list(product(TERMS[:-6], CAMPUSES))
    stored = installation.rows('SELECT studentnum FROM "Students"')
    assert report["error_class"] == "partial"
    assert (report["units_failed"], report["units_done"]) == (18, len(units))
    assert {row["studentnum"] for row in stored} == set(expected_students(gateway.world, units))


def test_it_keeps_to_the_rate_that_was_set(
    installation: Installation, gateway: GatewayProcess
) -> None:
    installation.environ |= {"HAMGAM_REQUESTS_PER_S": "10", "HAMGAM_CONCURRENCY": "8"}

    _, report, _ = installation.call("sync", "students", "--term", TERMS[-1], "--json")

    stats = gateway.stats()
    calls = sum(stats["calls"].values())
    assert report["status"] == "success"
    assert stats["last_call_at"] - stats["first_call_at"] >= (calls - 1) / 10 * 0.9
