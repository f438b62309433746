"""Old rows go once a day, by whoever comes first, in a process of its own; `prune` tells of it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import insert

from sync_core.base.clock import utc_now
from sync_core.runs.housekeeping import prune_daily
from sync_core.store.data import row_changes
from tests.runs.installation import Installation, wait_until

DAY = timedelta(days=1)


@pytest.fixture
def installation() -> Iterator[Installation]:
    made = Installation({})
    assert made.call("init")[0] == 0
    row = {"source": "faculty", "column": None, "at": utc_now() - 500 * DAY}
    with made.databases.data.write() as session:
        rows = [{**row, "run_id": 1, "key": f"{n:010}"} for n in range(3)]
        session.execute(insert(row_changes), rows)
    yield made
    made.databases.dispose()


def left(installation: Installation) -> int:
    found: int = installation.rows("SELECT count(*) AS n FROM row_changes")[0]["n"]
    return found


def test_it_is_started_by_one_of_many_a_day(installation: Installation) -> None:
    settings, databases = installation.settings, installation.databases
    now = utc_now()
    assert not prune_daily(settings, databases, now - DAY), "a new installation has nothing old"
    assert not prune_daily(settings, databases, now - timedelta(minutes=1))
    with ThreadPoolExecutor(8) as pool:
        started = list(pool.map(lambda _: prune_daily(settings, databases, now), range(8)))
    assert started.count(True) == 1
    wait_until(lambda: left(installation) == 0, "the old rows to go")
    log = settings.log_folder / "prune.log"
    wait_until(lambda: '"deleted": 3' in log.read_text(encoding="utf-8"), "its word in the log")


def test_it_is_started_again_when_the_clock_was_set_back(installation: Installation) -> None:
    settings, databases = installation.settings, installation.databases
    prune_daily(settings, databases, utc_now() + 900 * DAY)
    assert prune_daily(settings, databases)
    log = settings.log_folder / "prune.log"
    wait_until(lambda: '"deleted": 3' in log.read_text(encoding="utf-8"), "its word in the log")


def test_it_says_what_would_go_and_deletes_nothing(installation: Installation) -> None:
    code, held, _ = installation.call("prune", "--dry-run", "--json")
    assert code == 0
    changes = {"kind": "changes", "days": 400, "there": 3, "old": 3, "deleted": 0}
    assert held[0] == changes
    assert left(installation) == 3


def test_it_deletes_what_is_old_when_called_by_hand(installation: Installation) -> None:
    code, held, _ = installation.call("prune", "--json")
    assert (code, held[0]["deleted"]) == (0, 3)
    assert left(installation) == 0
    installation.environ["HAMGAM_KEEP_CHANGES_DAYS"] = "0"
    assert installation.call("prune", "--json")[1][0]["days"] == 0
