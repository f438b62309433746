"""The quality of the data is counted after a run, by whoever comes first, and by no run itself."""

from collections.abc import Iterator

import pytest

from sync_core.base import rules
from tests.engine.gateway_process import GatewayProcess, running_gateway
from tests.runs.installation import Installation, wait_until

PLAN = {"HAMGAM_CAMPUSES": "1110,1120", "HAMGAM_TERMS": "4051,4043"}


@pytest.fixture(scope="module")
def gateway() -> Iterator[GatewayProcess]:
    with running_gateway(faculty=150, students=300, campuses=2) as gateway:
        yield gateway


@pytest.fixture
def installation(gateway: GatewayProcess) -> Iterator[Installation]:
    installation = Installation({**gateway.environ, **PLAN})
    yield installation
    installation.databases.dispose()


def counted(installation: Installation) -> dict[tuple[str, int], dict[str, int]]:
    """Source and run → rule → its count."""
    found: dict[tuple[str, int], dict[str, int]] = {}
    for row in installation.rows("SELECT * FROM quality_counts"):
        found.setdefault((row["source"], row["run_id"]), {})[row["rule"]] = row["count"]
    return found


def test_a_run_in_the_background_is_counted_when_it_has_ended(installation: Installation) -> None:
    code, told, _ = installation.call("start", "faculty", "--json")
    assert code == 0
    run_id = told["run_id"]

    wait_until(lambda: counted(installation), "the counts")

    found = counted(installation)["faculty", run_id]
    assert installation.run_row(run_id)["status"] == "success"
    assert found[rules.TOTALS] == 0
    assert found[rules.NATIONAL_CODE] > 0
    assert found[rules.NO_KEY] == installation.run_row(run_id)["rejected"]
    assert installation.call("tick")[0] == 0
    assert set(counted(installation)) == {("faculty", run_id)}


def test_the_next_tick_counts_what_nobody_counted(installation: Installation) -> None:
    """As after a run in somebody's terminal, or one whose supervisor was killed at its very end."""
    runs = [installation.call("sync", source, "--json")[1] for source in ("faculty", "students")]
    assert [run["status"] for run in runs] == ["success", "success"]
    assert counted(installation) == {}

    assert installation.call("tick")[0] == 0

    found = counted(installation)
    assert set(found) == {(run["source"], run["run_id"]) for run in runs}
    assert found["students", runs[1]["run_id"]][rules.TOTALS] == 0
    assert installation.call("tick")[0] == 0
    assert counted(installation) == found


def test_a_run_ends_well_where_it_cannot_be_counted(installation: Installation) -> None:
    assert installation.call("sync", "faculty", "--json")[0] == 0
    with installation.databases.data.write() as session:
        session.connection().exec_driver_sql("ALTER TABLE quality_counts RENAME TO elsewhere")

    code, _, told = installation.call("tick")

    assert code == 0
    assert "not counted" in told
