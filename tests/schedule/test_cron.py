"""A real cron calls the block that `schedule install` put into a real crontab. It takes minutes."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.engine.gateway_process import GatewayProcess, running_gateway
from tests.engine.oracle import expected_faculty
from tests.schedule.checkout import Checkout, checkout
from tests.schedule.private_cron import PrivateCron, private_cron

pytestmark = pytest.mark.slow

FOREIGN = b'# somebody\'s\nSHELL=/bin/false\nMAILTO=""\n'
"""What would break our line, stood it below."""
SLOW = {"latency_ms": 25_000}
LONGEST_S = 270
LOOK_S = 0.5


@pytest.fixture(scope="module")
def gateway() -> Iterator[GatewayProcess]:
    with running_gateway(faculty=120, students=10, campuses=1, page_cap=40) as gateway:
        yield gateway


@pytest.fixture
def ours(gateway: GatewayProcess, tmp_path: Path) -> Iterator[Checkout]:
    patience = {"HAMGAM_LOGIN_TIMEOUT_S": "60", "HAMGAM_CALL_TIMEOUT_S": "60"}
    with checkout(tmp_path, {**gateway.environ, **patience}) as ours:
        yield ours


@pytest.fixture
def cron() -> Iterator[PrivateCron]:
    with private_cron(daemon=True) as cron:
        yield cron


def wait_for(true: Callable[[], object], what: str, ours: Checkout) -> None:
    deadline = time.monotonic() + LONGEST_S
    while not true():
        if time.monotonic() > deadline:
            log = ours.folder / "var" / "logs" / "tick.log"
            said = log.read_text(encoding="utf-8") if log.exists() else "no log"
            raise AssertionError(f"Waited {LONGEST_S} s in vain: {what}. tick.log: {said}")
        time.sleep(LOOK_S)


def test_it_syncs_by_itself_twice_and_a_sync_outlives_its_tick(
    cron: PrivateCron, ours: Checkout, gateway: GatewayProcess
) -> None:
    cron.table = FOREIGN
    gateway.control(SLOW)
    ours.make_due("faculty")
    ours.call("schedule", "install", within=tuple(cron.wrapped))
    assert cron.table.endswith(FOREIGN)
    assert cron.table.startswith(b"# BEGIN hamgam ")

    wait_for(ours.runs, "cron starts a run", ours)
    first_at = ours.called_at("cron")
    assert first_at is not None
    # The lock is free again, though what that tick started still runs: else no other could come.
    wait_for(lambda: (ours.called_at("cron") or first_at) > first_at, "the next tick", ours)
    assert [run.status for run in ours.runs()] == ["running"]
    gateway.reset()
    wait_for(lambda: ours.succeeded() == 2, "two successful runs", ours)

    first, second = ours.runs()[:2]
    assert {run.trigger for run in (first, second)} == {"schedule"}
    assert first.records == second.records == len(expected_faculty(gateway.world))
    ours.call("schedule", "remove", within=tuple(cron.wrapped))
    assert cron.table == FOREIGN
    assert not list(ours.folder.parent.rglob("made"))
