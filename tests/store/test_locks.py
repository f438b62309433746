"""Two at once: who waits, who is refused, and that nobody's change is lost."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from sqlalchemy import insert, select

from sync_core.access.permissions import OPERATOR, Actor
from sync_core.base.clock import utc_now
from sync_core.base.errors import Busy, DatabaseError, LostFence
from sync_core.base.settings import Settings, load
from sync_core.engine.source import Choice, find_source
from sync_core.runs import lifecycle, process
from sync_core.runs.lifecycle import Ending, Request
from sync_core.store import campuses, syncs
from sync_core.store.campuses import Campus
from sync_core.store.control import DataSync, Run, Schedule
from sync_core.store.data import unit_state
from sync_core.store.engines import Databases, open_databases
from sync_core.store.fence import check_fence, raise_fence
from sync_core.store.migrate import prepare
from sync_core.store.syncs import SourceRow

AT_ONCE = 4
TIMES = 5


@pytest.fixture
def settings() -> Settings:
    return load()


@pytest.fixture
def databases(settings: Settings) -> Iterator[Databases]:
    opened = open_databases(settings)
    prepare(settings, opened)
    yield opened
    opened.dispose()


@pytest.fixture
def impatient(databases: Databases, settings: Settings) -> Iterator[Databases]:
    """The same databases, for somebody who waits 50 ms for a lock."""
    opened = open_databases(replace(settings, busy_timeout_s=0.05))
    yield opened
    opened.dispose()


def at_once(work: Callable[[int], object]) -> None:
    """Calls it with 0, 1, …, from as many threads; raises the first error of any."""
    start = Barrier(AT_ONCE)

    def begin(number: int) -> None:
        start.wait(timeout=30)
        work(number)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for future in [pool.submit(begin, number) for number in range(AT_ONCE)]:
            future.result()


def test_it_lets_nobody_raise_a_fence_while_its_holder_writes(
    databases: Databases, impatient: Databases
) -> None:
    with databases.data.write() as session:
        fence = raise_fence(session, "students", 1, utc_now())
    with databases.data.write() as session:
        check_fence(session, fence)
        with pytest.raises(DatabaseError, match="locked"), impatient.data.write() as other:
            raise_fence(other, "students", 2, utc_now())
    with impatient.data.write() as other:
        raise_fence(other, "students", 2, utc_now())
    with pytest.raises(LostFence), databases.data.write() as session:
        check_fence(session, fence)


def test_it_gives_every_holder_a_fence_of_its_own(databases: Databases) -> None:
    epochs: list[int] = []

    def take(_number: int) -> None:
        for _ in range(TIMES):
            with databases.data.write() as session:
                fence = raise_fence(session, "students", 1, utc_now())
            epochs.append(fence.epoch)

    at_once(take)

    assert sorted(epochs) == list(range(1, AT_ONCE * TIMES + 1))


def test_it_gives_no_fence_back_to_an_older_run(databases: Databases) -> None:
    with databases.data.write() as session:
        newer = raise_fence(session, "students", 2, utc_now())

    with pytest.raises(LostFence), databases.data.write() as session:
        raise_fence(session, "students", 1, utc_now())

    with databases.data.write() as session:
        check_fence(session, newer)


def test_it_makes_one_row_a_source_when_all_come_first(databases: Databases) -> None:
    def ensure(number: int) -> None:
        with databases.control.write() as session:
            rows = [SourceRow(name, f"https://{number}.example.ac.ir", "/") for name in "ab"]
            syncs.ensure_sources(session, rows, utc_now())

    at_once(ensure)

    with databases.control.read() as session:
        assert sorted(session.scalars(select(DataSync.data_source))) == ["a", "b"]
        assert sorted(session.scalars(select(Schedule.source))) == ["a", "b"]


def test_it_starts_and_ends_runs_side_by_side_without_a_deadlock(
    databases: Databases, settings: Settings
) -> None:
    source = find_source(settings, "faculty")
    me = process.identity()
    done: list[int] = []

    def turn(number: int) -> None:
        # A claim that mirrors another address also writes the source's row.
        mine = replace(settings, gateway_url=f"https://{number}.example.ac.ir")
        request = Request(by=Actor(f"person{number}", OPERATOR), trigger="manual", choice=Choice())
        for _ in range(TIMES):
            try:
                run = lifecycle.claim(mine, databases, source, request)
            except Busy:
                continue
            lifecycle.begin(mine, databases, run.id, me)
            lifecycle.finish(databases, run, Ending("success", None, None, []))
            done.append(run.id)

    at_once(turn)

    with databases.control.read() as session:
        ended = session.execute(select(Run.id, Run.status).order_by(Run.id)).all()
    assert [tuple(row) for row in ended] == [(run_id, "success") for run_id in sorted(done)]
    assert done


def test_it_imports_one_list_of_campuses_at_a_time(
    databases: Databases, impatient: Databases
) -> None:
    with databases.data.write() as session:
        campuses.replace_campuses(session, [Campus("1110", "نمونه")])
        with pytest.raises(DatabaseError, match="locked"), impatient.data.write() as other:
            campuses.replace_campuses(other, [Campus("1120", "نمونه")])
        with impatient.data.read() as reader:
            assert campuses.all_campuses(reader) == []


def test_it_reads_one_moment_while_others_write(databases: Databases) -> None:
    with databases.data.read() as session:
        before = campuses.all_campuses(session)
        with databases.data.write() as other:
            campuses.replace_campuses(other, [Campus("1110", "نمونه")])
        assert campuses.all_campuses(session) == before == []


def test_it_compares_and_sorts_units_and_ranks_by_their_bytes(databases: Databases) -> None:
    """A server that sorts as people do takes a before B, and passes over signs."""
    ranks = ["00004051:000000001110", "4051/1130", "40511/2", "B", "a", "ب"]
    with databases.data.write() as session:
        for rank in reversed(ranks):
            session.execute(
                insert(unit_state).values(source="x", unit=rank, rank=rank, in_plan=True)
            )
    with databases.data.read() as session:
        for column in (unit_state.c.rank, unit_state.c.unit):
            assert list(session.scalars(select(column).order_by(column))) == sorted(ranks)
            above = select(column).where(column > "4051/9")
            assert set(session.scalars(above)) == {rank for rank in ranks if rank > "4051/9"}
