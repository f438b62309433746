"""Ten thousand answers, most of them spoiled, through everything that reads one.

An exact and slow reading of the same bytes says what must come of each.
"""

import gzip
import json
from collections.abc import Sequence
from datetime import date
from io import BytesIO
from random import Random
from typing import Any, NamedTuple

import pytest
from urllib3 import HTTPResponse

from fetch_data.answer import read_answer
from fetch_data.body import Body, read_body
from fetch_data.faculty_main import SOURCE
from fetch_data.faults import Reply
from sync_core.base.errors import BadPayload, Unreachable
from sync_core.base.settings import load
from sync_core.base.strict_json import BadJson, parse_strictly
from sync_core.engine.canonical import LARGEST_INTEGER, Rejected, Row, canonical_row
from sync_core.engine.decode import Decoder
from sync_core.engine.reading import UnitRead, read_unit
from sync_core.engine.source import Page, Reference
from tests.unit.payload_damage import damaged, good_answer, packed

SEED = 20261123
CASES = 10_000
GROUPS = 20
CAP = 60_000
DEEP = "nested too deeply"
KEY = [column.name for column in SOURCE.columns].index(SOURCE.key)


class Case(NamedTuple):
    """`sent` is what comes over the line."""

    sent: bytes
    is_packed: bool
    delimited: bool


@pytest.fixture(scope="module")
def reference() -> Reference:
    return Reference(load(), date(2026, 11, 23), (), {"تهران": 23})


def make(number: int) -> Case:
    chance = Random(f"{SEED}-{number}")
    text = damaged(chance, good_answer(chance))
    if chance.random() < 0.15:
        return Case(packed(chance, text), True, True)
    return Case(text, False, chance.random() < 0.8)


def unpacked(case: Case) -> Body:
    headers = {"Content-Encoding": "gzip"} if case.is_packed else {}
    response = HTTPResponse(BytesIO(case.sent), headers, 200, preload_content=False)
    return read_body(response, CAP)


def told(text: bytes) -> Sequence[dict[str, Any]] | str:
    """The records by the slow reading, or why there are none."""
    try:
        tree = parse_strictly(text)[0]
    except BadJson as exc:
        return str(exc)
    if not isinstance(tree, dict) or tree.get("errors") or not isinstance(tree.get("data"), list):
        return "it is no page"
    pages = tree.get("totalPages")
    if pages is not None and not _is_count(pages):
        return "it counts no pages"
    records: list[dict[str, Any]] = tree["data"]
    return records if all(isinstance(each, dict) for each in records) else "it has other things"


def _is_count(value: Any) -> bool:
    if isinstance(value, str):
        return value.isascii() and value.isdigit() and len(value) < 10
    return type(value) is int and value >= 0


def run(case: Case, reference: Reference) -> None:
    try:
        body = unpacked(case)
    except (BadPayload, Unreachable):
        assert case.is_packed or len(case.sent) > CAP
        return
    assert not case.is_packed or body.text == gzip.decompress(case.sent)
    text = body.text.removeprefix(b"\xef\xbb\xbf")
    records = told(text)
    try:
        page = read_answer(Reply(200, {}, body, case.delimited), "a call").page
        unit = read_unit(Decoder(SOURCE, reference), [page], {})
    except Unreachable:
        assert isinstance(records, str)
        assert not case.delimited
    except (BadPayload, BadJson):
        assert isinstance(records, str)
    else:
        check(unit, page, records, reference)


def check(
    unit: UnitRead, page: Page, records: Sequence[dict[str, Any]] | str, reference: Reference
) -> None:
    accounted = unit.people + unit.stale + unit.duplicates + unit.rejected
    assert unit.fetched == accounted
    assert page.is_empty == (unit.fetched == 0)
    rows = unit.rows(unit.fresh)
    check_storable(rows)
    rejects = list(unit.rejects())
    assert all(reason and json.dumps(record) for _, reason, record in rejects)
    if isinstance(records, str):
        assert DEEP in records  # it counts the answer's own two levels, too
        return
    allowed = [row_of(record, reference) for record in records]
    assert len(records) == unit.fetched
    assert [place for place, row in enumerate(allowed) if row is None] == [at for at, *_ in rejects]
    assert {row[KEY] for row in allowed if row is not None} == set(unit.fresh)
    assert set(rows) <= set(allowed)


def row_of(record: dict[str, Any], reference: Reference) -> Row | None:
    try:
        return canonical_row(SOURCE, reference, record)
    except Rejected:
        return None


def check_storable(rows: Sequence[Row]) -> None:
    for value in (value for row in rows for value in row):
        if isinstance(value, str):
            assert "\0" not in value
            value.encode()
        else:
            assert value is None or (type(value) is int and abs(value) <= LARGEST_INTEGER)


@pytest.mark.parametrize("group", range(GROUPS))
def test_it_reads_all_of_it_or_nothing_of_a_spoiled_answer(
    reference: Reference, group: int
) -> None:
    for number in range(group, CASES, GROUPS):
        case = make(number)
        try:
            run(case, reference)
        except Exception as exc:
            raise AssertionError(f"Case {number} of seed {SEED}: {case!r}"[:3_000]) from exc


def test_it_spoils_some_and_leaves_some() -> None:
    fates = [told(make(number).sent) for number in range(1_000)]

    assert 200 < sum(isinstance(fate, str) for fate in fates) < 800
    assert len({fate for fate in fates if isinstance(fate, str)}) >= 6
