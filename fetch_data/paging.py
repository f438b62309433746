"""Reads the pages of one unit. It neither loops for ever nor takes a contradiction for an end."""

from collections.abc import Callable, Iterator

from fetch_data.answer import Answer
from sync_core.base.errors import BadPayload
from sync_core.engine.source import Page

PAGES_MAX = 100_000


def read_pages(ask: Callable[[int], Answer], *, pages_max: int = PAGES_MAX) -> Iterator[Page]:
    """Pages 1, 2, … that hold records, in order.

    With a total: that many. Without: until a page is empty or repeats the one before; a short page
    is no end, since a gateway that caps the size sends short pages all along.
    """
    seen: dict[bytes, int] = {}
    total: int | None = None
    for number in range(1, pages_max + 1):
        answer = ask(number)
        total = _agreed(total, answer.total_pages, number)
        if answer.page.is_empty:
            _check_end(number, total)
            return
        twin = seen.setdefault(answer.page.digest, number)
        if twin != number:
            _check_repeat(number, twin, total)
            return
        if total == 0:
            raise _contradiction("it promises 0 pages and sends records")
        yield answer.page
        if total is not None and number >= total:
            return
    raise _contradiction(f"it has no end after {pages_max} pages")


def _agreed(total: int | None, told: int | None, number: int) -> int | None:
    """The total that stands; a page that tells none contradicts nobody."""
    if told is None or told == total:
        return total
    if total is None and (number == 1 or told >= number):
        return told
    raise _contradiction(f"page {number} tells another number of pages")


def _check_end(number: int, total: int | None) -> None:
    """An empty unit may be told as one page or none; any other empty page was promised filled."""
    if total is not None and total > 1:
        raise _contradiction(f"page {number} of {total} is empty")


def _check_repeat(number: int, twin: int, total: int | None) -> None:
    if total is not None or twin != number - 1:
        raise _contradiction(f"page {number} repeats page {twin}")


def _contradiction(why: str) -> BadPayload:
    return BadPayload(
        f"The gateway contradicts itself in its pages: {why}.",
        hint="Try another HAMGAM_PAGE_SIZE, and show it to the gateway's team.",
    )
