"""One person's history: the newest change first, masked; and when they were seen."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, insert

from sync_core.access.permissions import ANONYMOUS
from sync_core.base.clock import utc_now
from sync_core.base.errors import Denied, UnknownPerson
from sync_core.base.settings import load
from sync_core.engine.source import Source, find_source
from sync_core.inspect.masking import DOTS
from sync_core.inspect.person_history import PER_PAGE, PersonHistory, person_history
from sync_core.inspect.refs import Refs
from sync_core.store.data import row_changes, unit_state
from sync_core.store.engines import Databases
from tests import seed
from tests.store import merged

ONE = {"studentnum": "4010000001", "familyname": "آزمایشی", "phonenum": "09000000001"}
MOMENT = timedelta(minutes=1)


@pytest.fixture
def source() -> Source:
    return find_source(load(), "students")


def history(databases: Databases, source: Source, key: str, page: int = 1) -> PersonHistory:
    ref = Refs.of(load(), source).of_key(key)
    return person_history(load(), databases, seed.VISITOR, source, ref, page)


def test_it_tells_each_change_newest_first_and_masked(databases: Databases, source: Source) -> None:
    merged.write(databases, 1, [ONE])
    merged.write(databases, 2, [{**ONE, "familyname": "فرضی", "phonenum": "09000000002"}])
    merged.miss(databases, 3, [ONE["studentnum"]])

    told = history(databases, source, ONE["studentnum"])

    assert told.total == 4
    assert [(c.run_id, c.column) for c in told.changes] == [
        (3, "missing_since"),
        (2, "phonenum"),
        (2, "familyname"),
        (1, None),
    ]
    assert (told.changes[2].old, told.changes[2].new) == ("آزمایشی", "فرضی")
    assert (told.changes[1].old, told.changes[1].new) == (DOTS, DOTS)
    assert told.changes == tuple(sorted(told.changes, key=lambda c: c.at, reverse=True))
    assert "0900" not in repr(told)


def test_it_tells_when_they_were_seen(databases: Databases, source: Source) -> None:
    covered = utc_now() - timedelta(hours=3)
    with databases.data.write() as session:
        unit = {"id": 1, "source": "students", "unit": "4051/1110", "rank": "1", "in_plan": True}
        session.execute(insert(unit_state).values(**unit, success_at=covered))
    merged.write(databases, 1, [ONE])
    reported = history(databases, source, ONE["studentnum"])
    merged.miss(databases, 2, [ONE["studentnum"]])
    missing = history(databases, source, ONE["studentnum"])

    assert reported.first_seen == reported.last_changed
    assert reported.first_seen is not None
    assert utc_now() - reported.first_seen < MOMENT
    assert (reported.last_seen, reported.missing_since) == (covered, None)
    assert missing.last_seen is None
    assert missing.missing_since == missing.last_changed


def test_it_knows_the_runs_times_where_the_changes_are_gone(
    databases: Databases, source: Source
) -> None:
    run_id = seed.add_success(databases, "students", ago=timedelta(days=500))
    merged.write(databases, run_id, [ONE])
    with databases.data.write() as session:
        session.execute(delete(row_changes))

    told = history(databases, source, ONE["studentnum"])

    assert (told.changes, told.total) == ((), 0)
    assert told.first_seen == told.last_changed
    assert told.first_seen is not None
    assert abs(utc_now() - timedelta(days=500) - told.first_seen) < MOMENT


def test_it_tells_many_changes_page_by_page(databases: Databases, source: Source) -> None:
    for run_id in range(1, PER_PAGE + 8):
        merged.write(databases, run_id, [{**ONE, "city": f"شهر {run_id}"}])

    pages = [history(databases, source, ONE["studentnum"], number) for number in (1, 2, 3)]

    assert [len(page.changes) for page in pages] == [PER_PAGE, 7, 0]
    assert {page.total for page in pages} == {PER_PAGE + 7}
    runs = [change.run_id for page in pages for change in page.changes]
    assert runs == list(range(PER_PAGE + 7, 0, -1))


def test_it_tells_nothing_of_nobody_and_to_nobody(databases: Databases, source: Source) -> None:
    with pytest.raises(UnknownPerson):
        history(databases, source, "4019999999")
    with pytest.raises(Denied):
        person_history(load(), databases, ANONYMOUS, source, "", 1)
