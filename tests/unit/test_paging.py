"""The pages of one unit, also from gateways that miscount."""

import json
from collections.abc import Callable

import pytest

from fetch_data.answer import Answer
from fetch_data.paging import read_pages
from sync_core.base.errors import BadPayload
from sync_core.engine.source import Page, Record

Ask = Callable[[int], Answer]


def answer(records: list[Record], total: int | None = None) -> Answer:
    return Answer(Page(json.dumps(records).encode()), total)


def records(first: int, last: int) -> list[Record]:
    return [{"id": number} for number in range(first, last)]


def gateway(rows: int, size: int, *, total: int | None = None) -> Ask:
    """Serves `rows` rows in pages of `size`; `total` is what it says of their number."""

    def ask(page: int) -> Answer:
        begin = (page - 1) * size
        return answer(records(begin, max(begin, min(begin + size, rows))), total)

    return ask


def ids(ask: Ask) -> list[int]:
    return [record["id"] for page in read_pages(ask) for record in json.loads(page.data)]


def calls(ask: Ask) -> tuple[Ask, list[int]]:
    asked: list[int] = []

    def counted(page: int) -> Answer:
        asked.append(page)
        return ask(page)

    return counted, asked


def test_it_reads_as_many_pages_as_promised() -> None:
    ask, asked = calls(gateway(25, 10, total=3))
    assert ids(ask) == list(range(25))
    assert asked == [1, 2, 3]


def test_it_reads_until_an_empty_page_when_none_are_promised() -> None:
    ask, asked = calls(gateway(20, 10))
    assert ids(ask) == list(range(20))
    assert asked == [1, 2, 3]


def test_it_goes_on_after_a_short_page_when_none_are_promised() -> None:
    pages = [records(0, 10), records(10, 13), records(13, 20), []]
    assert ids(lambda page: answer(pages[page - 1])) == list(range(20))


def test_it_stops_when_a_gateway_repeats_itself_and_promised_nothing() -> None:
    assert ids(lambda page: answer(records(0, 5))) == list(range(5))


@pytest.mark.parametrize("total", [None, 0, 1])
def test_it_gives_nothing_when_the_unit_is_empty(total: int | None) -> None:
    ask, asked = calls(gateway(0, 10, total=total))
    assert list(read_pages(ask)) == []
    assert asked == [1]


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(gateway(15, 10, total=4), id="promises more than it has"),
        pytest.param(gateway(20, 10, total=3), id="promises one more than it has"),
        pytest.param(gateway(0, 10, total=2), id="promises pages and has none"),
        pytest.param(gateway(5, 10, total=0), id="promises none and has some"),
        pytest.param(lambda page: answer(records(0, 5), 3), id="repeats while more are promised"),
        pytest.param(lambda page: answer(records(0, 5), 2), id="repeats as its last page"),
        pytest.param(lambda page: answer(records(page, page + 2), 2 + page), id="moves its total"),
        pytest.param(
            lambda page: answer(records(page, page + 2), 1 if page > 2 else None),
            id="promises less than it has sent",
        ),
        pytest.param(lambda page: answer(records(page % 2, 5)), id="goes round in a circle"),
    ],
)
def test_it_refuses_a_gateway_that(ask: Ask) -> None:
    with pytest.raises(BadPayload):
        ids(ask)


def test_it_keeps_the_promise_of_page_one_when_later_pages_tell_nothing() -> None:
    def ask(page: int) -> Answer:
        return answer(records(page * 10, page * 10 + 5), 3 if page == 1 else None)

    assert len(ids(ask)) == 15


def test_it_ends_when_a_gateway_never_does() -> None:
    with pytest.raises(BadPayload, match="no end after 50 pages"):
        for _ in read_pages(lambda page: answer([{"id": page}]), pages_max=50):
            pass


def test_it_tells_pages_apart_when_numbers_are_huge() -> None:
    pages: list[list[Record]] = [[{"id": 2**70}], [{"id": 2**71}], []]
    assert ids(lambda page: answer(pages[page - 1])) == [2**70, 2**71]


@pytest.mark.parametrize("total", [None, 15])
def test_it_reads_small_pages_when_the_gateway_caps_them(total: int | None) -> None:
    ask, asked = calls(gateway(100, min(10, 7), total=total))
    assert ids(ask) == list(range(100))
    assert len(asked) == (15 if total else 16)


@pytest.mark.parametrize("total", [None, 1])
def test_it_reads_a_million_records_when_they_come_as_one_page(total: int | None) -> None:
    def ask(page: int) -> Answer:
        return Answer(Page(b"[" + b"{}," * 999_999 + b"{}]" if page == 1 else b" [ ] "), total)

    pages = list(read_pages(ask))
    assert [page.data.count(b"{}") for page in pages] == [1_000_000]


def test_it_hands_the_very_bytes_on() -> None:
    sent = b' [ {"a":1} , {"a" : 2} ] '
    assert [page.data for page in read_pages(lambda page: Answer(Page(sent), 1))] == [sent]


@pytest.mark.parametrize("inside", [b"\x0b", b"\x0c", b"\x00", b"\xc2\xa0", b"]", b"[]"])
def test_it_takes_no_page_for_empty_that_holds_anything(inside: bytes) -> None:
    assert Page(b" [ \r\n\t] ").is_empty
    assert not Page(b"[" + inside + b"]").is_empty
