"""What is fetched and not merged is bounded; who is waited for never waits. With real threads."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Condition, Semaphore

import pytest

from sync_core.base.errors import SyncError
from sync_core.engine.shelf import Shelf

LIMIT = 100
ENOUGH_S = 10


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> Semaphore:
    """Released each time a thread begins to wait."""
    begun = Semaphore(0)

    class Watched(Condition):
        def wait(self, timeout: float | None = None) -> bool:
            begun.release()
            return super().wait(timeout)

    monkeypatch.setattr("sync_core.engine.shelf.Condition", Watched)
    return begun


@pytest.fixture
def shelf(waits: Semaphore) -> Iterator[Shelf]:
    """Whatever happens, nobody is left waiting."""
    shelf = Shelf(LIMIT)
    yield shelf
    shelf.close()


@pytest.fixture
def pool(shelf: Shelf) -> Iterator[ThreadPoolExecutor]:
    pool = ThreadPoolExecutor(4)
    yield pool
    shelf.close()
    pool.shutdown()


def waiter(pool: ThreadPoolExecutor, shelf: Shelf, place: int, waits: Semaphore) -> Future[None]:
    """Somebody who waits for room."""
    future = pool.submit(shelf.wait_for_room, place)
    assert waits.acquire(timeout=ENOUGH_S), "nobody waits"
    assert not future.done()
    return future


def passes(pool: ThreadPoolExecutor, shelf: Shelf, place: int) -> None:
    pool.submit(shelf.wait_for_room, place).result(ENOUGH_S)


def test_it_has_room_below_the_limit(shelf: Shelf, pool: ThreadPoolExecutor) -> None:
    shelf.put(LIMIT - 1)

    passes(pool, shelf, 5)


def test_it_lets_others_wait_until_enough_is_taken(
    shelf: Shelf, pool: ThreadPoolExecutor, waits: Semaphore
) -> None:
    shelf.put(LIMIT)
    shelf.put(1)
    blocked = waiter(pool, shelf, 1, waits)

    shelf.take(1)
    assert waits.acquire(timeout=ENOUGH_S), "it went on with a full shelf"
    assert not blocked.done()

    shelf.take(1)
    blocked.result(ENOUGH_S)


@pytest.mark.parametrize("place", [-1, 0, 2, 3])
def test_it_never_lets_those_wait_whose_turn_it_is(
    shelf: Shelf, pool: ThreadPoolExecutor, place: int
) -> None:
    shelf.turn_to(3)
    shelf.put(10 * LIMIT)

    passes(pool, shelf, place)


def test_it_wakes_the_one_whose_turn_comes_and_nobody_else(
    shelf: Shelf, pool: ThreadPoolExecutor, waits: Semaphore
) -> None:
    shelf.put(LIMIT)
    first = waiter(pool, shelf, 1, waits)
    second = waiter(pool, shelf, 2, waits)

    shelf.turn_to(1)
    first.result(ENOUGH_S)
    assert waits.acquire(timeout=ENOUGH_S), "the next one did not go on waiting"

    assert not second.done()


def test_it_wakes_everybody_when_there_is_room(
    shelf: Shelf, pool: ThreadPoolExecutor, waits: Semaphore
) -> None:
    shelf.put(LIMIT)
    blocked = [waiter(pool, shelf, place, waits) for place in (1, 2, 3)]

    shelf.take(LIMIT)

    assert [future.result(ENOUGH_S) for future in blocked] == [None] * 3


def test_it_sends_everybody_away_when_it_is_closed(
    shelf: Shelf, pool: ThreadPoolExecutor, waits: Semaphore
) -> None:
    shelf.put(LIMIT)
    blocked = [waiter(pool, shelf, place, waits) for place in (1, 2)]

    shelf.close()

    for future in blocked:
        with pytest.raises(SyncError, match="ended"):
            future.result(ENOUGH_S)


@pytest.mark.parametrize("place", [-1, 0, 5])
def test_it_takes_nothing_more_when_it_is_closed(shelf: Shelf, place: int) -> None:
    shelf.close()

    with pytest.raises(SyncError, match="ended"):
        shelf.wait_for_room(place)
