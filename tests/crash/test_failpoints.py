"""kill -9 at every named place of a run's life: the next run finds everything as it should be."""

from collections.abc import Iterator

import pytest

from sync_core.base import failpoint
from tests.crash import invariants
from tests.crash.stage import UNITS, Stage, stage
from tests.runs.installation import wait_until

pytestmark = pytest.mark.slow
PLACES = [
    (failpoint.FENCED, 1),
    (failpoint.SPAWNED, 1),
    (failpoint.FIRST_HEARTBEAT, 1),
    (failpoint.BEFORE_COMMIT, 1),
    (failpoint.BEFORE_COMMIT, 5),
    (failpoint.AFTER_COMMIT, 1),
    (failpoint.AFTER_COMMIT, 5),
    (failpoint.BEFORE_FINISH, 1),
]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    with stage(monkeypatch) as made:
        first = made.start()
        made.sweep_until_ended(first)
        invariants.check_whole(made, first)
        made.change_people()
        yield made


@pytest.mark.parametrize(("place", "time"), PLACES)
def test_it_survives_a_kill(made: Stage, place: str, time: int) -> None:
    made.arm(place, time=time)
    run_id = made.start()
    made.disarm()

    assert made.sweep_until_ended(run_id) < made.here.settings.lease_s

    row = made.here.run_row(run_id)
    assert (row["status"], row["error_class"]) == ("failed", "crashed")
    invariants.check(made, run_id)
    again = made.start()
    made.sweep_until_ended(again)
    invariants.check_whole(made, again)


def test_it_keeps_the_end_that_was_written_before_the_kill(made: Stage) -> None:
    made.arm(failpoint.AFTER_FINISH)
    run_id = made.start()
    made.disarm()

    made.sweep_until_ended(run_id)

    invariants.check_whole(made, run_id)


def test_it_ends_a_run_whose_starter_died_before_it_launched_anybody(made: Stage) -> None:
    made.set("HAMGAM_START_LIMIT_S", "2")
    made.arm(failpoint.CLAIMED)
    assert made.here.call("start", "students")[0] == -9
    made.disarm()
    [row] = made.here.rows("SELECT id FROM sync_runs WHERE status = 'pending'", control=True)
    made.revisions[row["id"]] = made.revision

    made.sweep_until_ended(row["id"])

    assert "no supervisor ever came" in made.here.run_row(row["id"])["error_message"]
    invariants.check(made, row["id"])
    assert made.units_done(row["id"]) == 0
    again = made.start()
    made.sweep_until_ended(again)
    invariants.check_whole(made, again)


def test_it_ends_a_run_that_is_frozen_inside_a_write_transaction(made: Stage) -> None:
    """Its supervisor is dead, and it holds the lock that the reaper needs."""
    made.arm(failpoint.BEFORE_COMMIT, "stop", 3)
    run_id = made.start()
    made.disarm()
    wait_until(lambda: made.is_frozen(run_id), "the child to freeze")
    made.kill(run_id, "supervisor")

    assert made.sweep_until_ended(run_id) < made.here.settings.lease_s

    assert 0 < made.units_done(run_id) < len(UNITS)
    invariants.check(made, run_id)
    again = made.start()
    made.sweep_until_ended(again)
    invariants.check_whole(made, again)
