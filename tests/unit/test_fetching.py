"""Units fetched side by side and handed on in order: with real threads and a source by hand."""

import json
import weakref
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from threading import Event, Lock
from typing import Any

import pytest

from fetch_data.students_main import SOURCE
from sync_core.base.errors import BadPayload, Unreachable
from sync_core.engine import fetching
from sync_core.engine.fetching import LOOK_AHEAD, TOGETHER, Fetched, Fetcher
from sync_core.engine.progress import Progress
from sync_core.engine.shelf import Shelf
from sync_core.engine.source import Page, Unit

PAGE = Page(b'[{"a":1}]')
SIZE = len(PAGE.data)
ENOUGH_S = 10

Fetch = Callable[[Unit], Iterator[Page]]


class Pool(ThreadPoolExecutor):
    """Does the work when it is given, in the thread of who gives it, and counts it."""

    def __init__(self) -> None:
        super().__init__(1)
        self.given = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.given += 1
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


class Scales(Shelf):
    """Says what lies on it, and the most that ever lay there."""

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(limit_bytes)
        self.held = self.most = 0
        self.lock = Lock()

    def put(self, size: int) -> None:
        super().put(size)
        with self.lock:
            self.held += size
            self.most = max(self.most, self.held)

    def take(self, size: int) -> None:
        with self.lock:
            self.held -= size
        super().take(size)


@pytest.fixture
def scales(monkeypatch: pytest.MonkeyPatch) -> Scales:
    """The shelf of the next fetcher; two pages fill it."""
    shelf = Scales(2 * SIZE)
    monkeypatch.setattr(fetching, "Shelf", lambda: shelf)
    return shelf


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(3) as pool:
        yield pool


def units(count: int) -> list[Unit]:
    return [Unit(str(place), f"{count - place:04d}", {}) for place in range(count)]


def fetcher(
    pool: ThreadPoolExecutor, fetch: Fetch, workers: int = 3, most_bytes: int = 1_000_000
) -> Fetcher:
    source = replace(SOURCE, fetch=lambda connection, unit: fetch(unit))
    return Fetcher(pool, source, None, workers, Progress(units(1), {}), most_bytes)


def one_page(unit: Unit) -> Iterator[Page]:
    yield PAGE


def names(fetched: Iterable[Fetched]) -> list[str]:
    return [each.unit.name for each in fetched]


def test_it_hands_units_on_in_order_when_later_ones_are_faster(pool: ThreadPoolExecutor) -> None:
    ended = [Event() for _ in range(12)]

    def fetch(unit: Unit) -> Iterator[Page]:
        place = int(unit.name)
        if place % 3 != 2:
            assert ended[place + 1].wait(ENOUGH_S)
        yield Page(json.dumps([unit.name]).encode())
        ended[place].set()

    found = [each for group in fetcher(pool, fetch).fetch_all(units(12)) for each in group]

    assert names(found) == [str(place) for place in range(12)]
    assert [json.loads(each.pages[0].data) for each in found] == [[name] for name in names(found)]


def test_it_hands_on_together_what_is_ready_and_no_more_than_a_limit() -> None:
    groups = fetcher(Pool(), one_page, workers=TOGETHER).fetch_all(units(TOGETHER + 5))

    assert [len(group) for group in groups] == [TOGETHER, 5]


def test_it_hands_on_together_only_what_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "TOGETHER_BYTES", 2 * SIZE)

    groups = list(fetcher(Pool(), one_page, workers=TOGETHER).fetch_all(units(5)))

    assert [names(group) for group in groups] == [["0", "1"], ["2", "3"], ["4"]]


def test_it_lets_the_next_unit_go_on_when_several_were_handed_on_and_the_shelf_is_full(
    pool: ThreadPoolExecutor, scales: Scales
) -> None:
    last = Event()

    def fetch(unit: Unit) -> Iterator[Page]:
        if unit.name == "3":  # a thread is free for it, so unit 1 is done
            last.set()
        assert unit.name == "1" or last.wait(ENOUGH_S)
        yield from [PAGE] * (2 if unit.name in {"2", "3"} else 1)

    groups = fetcher(pool, fetch).fetch_all(units(4))
    with ThreadPoolExecutor(1) as consumer:
        try:
            found = consumer.submit(lambda: list(map(names, groups))).result(ENOUGH_S)
        finally:
            scales.close()

    assert found[0] == ["0", "1"]
    assert [name for group in found for name in group] == ["0", "1", "2", "3"]


def test_it_hands_on_the_first_unit_without_waiting_for_others(pool: ThreadPoolExecutor) -> None:
    handed_on = Event()

    def fetch(unit: Unit) -> Iterator[Page]:
        assert unit.name == "0" or handed_on.wait(ENOUGH_S)
        yield PAGE

    groups = fetcher(pool, fetch).fetch_all(units(2))
    first = next(groups)
    handed_on.set()

    assert [names(first), *map(names, groups)] == [["0"], ["1"]]


def test_it_looks_ahead_only_so_far() -> None:
    pool, workers, total = Pool(), 2, 50
    ahead, handed_on = workers * LOOK_AHEAD, 0

    for group in fetcher(pool, one_page, workers).fetch_all(units(total)):
        handed_on += len(group)
        assert pool.given == min(total, handed_on + ahead)

    assert handed_on == total


def test_it_goes_on_when_one_unit_fails(pool: ThreadPoolExecutor) -> None:
    refused = Unreachable("reset")

    def fetch(unit: Unit) -> Iterator[Page]:
        yield PAGE
        if unit.name == "3":
            raise refused
        yield PAGE

    found = [each for group in fetcher(pool, fetch).fetch_all(units(8)) for each in group]

    assert names(found) == [str(place) for place in range(8)]
    assert [each.error for each in found] == [refused if n == 3 else None for n in range(8)]
    assert [len(each.pages) for each in found] == [0 if n == 3 else 2 for n in range(8)]


def test_it_raises_what_is_no_error_of_ours(pool: ThreadPoolExecutor) -> None:
    def fetch(unit: Unit) -> Iterator[Page]:
        yield PAGE
        if unit.name == "1":
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(fetcher(pool, fetch).fetch_all(units(30)))


def test_it_bounds_what_is_held_and_lets_all_of_it_go(
    pool: ThreadPoolExecutor, scales: Scales
) -> None:
    def fetch(unit: Unit) -> Iterator[Page]:
        yield from [PAGE] * 4
        if int(unit.name) % 5 == 4:
            raise Unreachable("reset")

    most = (2 + 3 + 4) * SIZE  # a full shelf, a page a thread, and the unit whose turn it is
    handed_on = 0
    for group in fetcher(pool, fetch).fetch_all(units(40)):
        handed_on += len(group)
        assert scales.held >= sum(each.size for each in group)

    assert handed_on == 40
    assert scales.held == 0
    assert 2 * SIZE <= scales.most <= most


def test_it_stops_the_rest_when_it_is_closed(scales: Scales) -> None:
    begun: list[str] = []

    def fetch(unit: Unit) -> Iterator[Page]:
        begun.append(unit.name)
        while True:
            yield PAGE
            if unit.name == "0":
                return

    with ThreadPoolExecutor(3) as pool:
        groups = fetcher(pool, fetch).fetch_all(units(100))
        assert names(next(groups)) == ["0"]
        groups.close()

    assert len(begun) <= 3 * LOOK_AHEAD + 1


def test_it_starts_nothing_more_when_it_is_closed(pool: ThreadPoolExecutor) -> None:
    begun, busy, go_on = [], [Event(), Event(), Event()], Event()

    def fetch(unit: Unit) -> Iterator[Page]:
        begun.append(unit.name)
        if unit.name != "0":
            busy[int(unit.name) - 1].set()
            assert go_on.wait(ENOUGH_S)
        yield PAGE

    groups = fetcher(pool, fetch).fetch_all(units(50))
    next(groups)
    assert all(event.wait(ENOUGH_S) for event in busy)
    groups.close()
    go_on.set()
    pool.shutdown()

    assert sorted(begun) == ["0", "1", "2", "3"]


def test_it_fetches_aside_when_the_shelf_is_full_and_holds_nothing(scales: Scales) -> None:
    scales.put(10 * SIZE)

    fetched = fetcher(Pool(), one_page).fetch_aside(units(5)[4])

    assert (names([fetched]), fetched.pages, fetched.error) == (["4"], [PAGE], None)
    assert scales.held == 10 * SIZE


def test_it_says_why_nothing_came_aside(scales: Scales) -> None:
    refused = Unreachable("reset")

    def fetch(unit: Unit) -> Iterator[Page]:
        yield PAGE
        raise refused

    fetched = fetcher(Pool(), fetch).fetch_aside(units(1)[0])

    assert (fetched.error, fetched.pages, scales.held) == (refused, [], 0)


def test_it_refuses_a_unit_without_end(scales: Scales) -> None:
    def fetch(unit: Unit) -> Iterator[Page]:
        while True:
            yield PAGE

    ((fetched,),) = fetcher(Pool(), fetch, most_bytes=3 * SIZE).fetch_all(units(1))

    assert isinstance(fetched.error, BadPayload)
    assert "HAMGAM_ANSWER_MAX_MB" in fetched.error.hint
    assert (fetched.pages, scales.held) == ([], 0)


def test_it_holds_nothing_of_an_answer_by_its_error() -> None:
    class Answer:
        """What a call reads; it can be seen to be let go."""

    def fetch(unit: Unit) -> Iterator[Page]:
        answer = Answer()
        seen.append(weakref.ref(answer))
        yield PAGE
        try:
            raise ValueError(answer)
        except ValueError as exc:
            raise BadPayload("no list") from exc

    seen: list[weakref.ref[Answer]] = []
    groups = list(fetcher(Pool(), fetch).fetch_all(units(2)))

    assert [str(each.error) for each in groups[0]] == ["no list"] * 2
    assert [answer() for answer in seen] == [None, None]


def test_it_takes_a_unit_of_just_the_size_allowed() -> None:
    fetch = fetcher(Pool(), lambda unit: iter([PAGE] * 3), most_bytes=3 * SIZE)

    ((fetched,),) = fetch.fetch_all(units(1))

    assert (fetched.error, fetched.size) == (None, 3 * SIZE)


@pytest.mark.parametrize("fails", [False, True])
def test_it_times_the_gateway_and_not_the_wait_for_room(
    monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    now_s = [100.0]

    class Slow(Shelf):
        def wait_for_room(self, place: int) -> None:
            now_s[0] += 1_000

    def fetch(unit: Unit) -> Iterator[Page]:
        for _ in range(2):
            now_s[0] += 3
            yield PAGE
        now_s[0] += 1
        if fails:
            raise Unreachable("reset")

    monkeypatch.setattr(fetching, "Shelf", Slow)
    monkeypatch.setattr(fetching, "monotonic_s", lambda: now_s[0])

    ((fetched,),) = fetcher(Pool(), fetch).fetch_all(units(1))

    assert fetched.duration_s == 7.0


def test_it_makes_the_digests_where_the_pages_are_fetched() -> None:
    page = Page(b"[1]")

    list(fetcher(Pool(), lambda unit: iter([page])).fetch_all(units(1)))

    assert "digest" in vars(page)


def test_it_says_that_a_unit_was_started(capsys: pytest.CaptureFixture[str]) -> None:
    list(fetcher(Pool(), one_page).fetch_all(units(2)))

    events = map(json.loads, capsys.readouterr().out.splitlines())
    assert [(event["event"], event["unit"]) for event in events] == [
        ("unit_started", "0"),
        ("unit_started", "1"),
    ]
