"""How much of one unit is taken into memory at once. It decodes nothing."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import msgspec

from sync_core.base.errors import BadPayload
from sync_core.base.strict_json import BadJson
from sync_core.engine.source import Page

Item = TypeVar("Item")

MIB = 1024 * 1024
KEPT_BYTES = 8 * MIB  # of a unit whose records stay decoded; a larger record is refused
SLICE_BYTES = 4 * MIB
SLICE_RECORDS = 4_000
RECORD_BYTES = 1_536  # of room for each: beside its text, a record that has changed takes 900
RECORDS_ALWAYS = 100_000
LOOKED_AT_BYTES = 2 * MIB  # smaller pages have no room for too many records
SEPARATORS_MAX = 2_000_000  # commas that may part as many records


class _Any(msgspec.Struct, gc=False):
    """Some object."""


_objects = msgspec.json.Decoder(list[_Any])


def most_records(answer_max_bytes: int) -> int:
    """Of one unit, whatever they hold."""
    return max(answer_max_bytes // RECORD_BYTES, RECORDS_ALWAYS)


def check_records(page: Page, most: int) -> None:
    """Raises BadPayload or BadJson for a page that could be cut into far more records than that."""
    if len(page.data) < LOOKED_AT_BYTES:
        return
    if page.data.count(b"{") > most:
        raise too_many(most)
    if page.data.count(b",") > SEPARATORS_MAX:
        _check_all_are_objects(page)


def too_many(most: int) -> BadPayload:
    return BadPayload(
        f"One unit holds more than {most:,} records, or objects in them.",
        hint=f"If it should, raise HAMGAM_ANSWER_MAX_MB: a MB has room for {MIB // RECORD_BYTES}.",
    )


def too_large(answer_max_bytes: int) -> BadPayload:
    return BadPayload(
        f"One unit sends more than {answer_max_bytes // MIB} MB in all its pages.",
        hint="If it should, raise HAMGAM_ANSWER_MAX_MB; a run may take twice as much memory.",
    )


def too_odd() -> BadPayload:
    return BadPayload(
        "One page is no plain JSON, and too large to be read in another way.",
        hint="Set a smaller HAMGAM_PAGE_SIZE, and show it to the gateway's team.",
    )


def slices(
    items: Iterable[Item], size_of: Callable[[Item], int], most: int = SLICE_RECORDS
) -> Iterator[list[Item]]:
    """All in order, some at once: `most` of them, or SLICE_BYTES, or a single larger one."""
    some: list[Item] = []
    held = 0
    for item in items:
        size = size_of(item)
        if some and (len(some) == most or held + size > SLICE_BYTES):
            yield some
            some, held = [], 0
        some.append(item)
        held += size
    if some:
        yield some


def _check_all_are_objects(page: Page) -> None:
    """Numbers, say, are parted by a comma each: a page of them would become a hundred million."""
    try:
        _objects.decode(page.data)
    except msgspec.ValidationError as exc:
        raise BadJson("'data' holds something that is no record") from exc
    except (msgspec.MsgspecError, RecursionError):
        return  # it is no JSON, or odd; whoever reads it finds that, too
