"""A run of a few units, chosen by their names: those and no others, and nobody goes missing."""

from collections.abc import Iterator

import pytest

from fetch_data.gateway import STUDENTS
from sync_core.base.errors import ConfigError
from sync_core.engine.source import Choice
from sync_core.runs.foreground import run_here
from sync_core.runs.retry import retry_here
from sync_core.store.migrate import prepare
from tests import seed
from tests.engine.gateway_process import GatewayProcess, running_gateway
from tests.runs.installation import Installation

CHOSEN = ("4041/1120", "4042/1110")
PLAN = {"HAMGAM_CAMPUSES": "1110,1120", "HAMGAM_TERMS": "4042,4041"}


@pytest.fixture(scope="module")
def gateway() -> Iterator[GatewayProcess]:
    with running_gateway(students=60, campuses=2, last_term="4042") as gateway:
        yield gateway


@pytest.fixture
def here(gateway: GatewayProcess, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    here = Installation({**gateway.environ, **PLAN})
    prepare(here.settings, here.databases)
    for name, value in {**gateway.environ, **PLAN}.items():
        monkeypatch.setenv(name, value)
    yield here
    here.databases.dispose()
    gateway.reset()


def units(here: Installation, run_id: int) -> list[str]:
    rows = here.rows(
        f"SELECT unit FROM sync_run_units WHERE run_id = {run_id} ORDER BY unit", control=True
    )
    return [str(row["unit"]) for row in rows]


def test_it_fetches_the_chosen_units_and_no_others(here: Installation) -> None:
    choice = Choice(units=CHOSEN)
    run = run_here(here.settings, here.databases, "students", actor=seed.KARIMI, choice=choice)

    assert (run.status, run.units_total, run.left_out) == ("success", 2, 2)
    assert units(here, run.id) == sorted(CHOSEN)
    assert run.missing == 0


def test_it_repeats_the_same_units_when_they_failed(
    here: Installation, gateway: GatewayProcess
) -> None:
    gateway.control({"fail": [{"path": STUDENTS, "status": 403}]})
    choice = Choice(units=CHOSEN)
    failed = run_here(here.settings, here.databases, "students", actor=seed.KARIMI, choice=choice)
    gateway.reset()

    again = retry_here(here.settings, here.databases, failed.id, actor=seed.KARIMI)

    assert (failed.status, again.status) == ("failed", "success")
    assert units(here, again.id) == sorted(CHOSEN)


def test_it_refuses_names_that_no_unit_has(here: Installation) -> None:
    with pytest.raises(ConfigError, match="empty"):
        run_here(
            here.settings,
            here.databases,
            "students",
            actor=seed.KARIMI,
            choice=Choice(units=("9999/1",)),
        )
