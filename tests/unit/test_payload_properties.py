"""Whatever records a well-formed answer holds: each has one fate, however they are read."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fetch_data.answer import read_answer
from fetch_data.body import Body
from fetch_data.faculty_main import SOURCE
from fetch_data.faults import Reply
from sync_core.base.settings import load
from sync_core.base.strict_json import as_json, parse_strictly
from sync_core.engine import bounds, reading
from sync_core.engine.decode import Decoder, split
from sync_core.engine.reading import UnitRead, read_unit
from sync_core.engine.source import Page, Reference

NAMES = [column.field for column in SOURCE.columns if column.name != SOURCE.key]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**22), 10**22)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
    | st.sampled_from(["۱۲", " ", "5", 'a":b', "\0", "\ud800", "كي", "[{", "x" * 300])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2)
    ),
    max_leaves=3,
)
FIELDS = st.sampled_from([*NAMES[:6], "scope", "sex", "extra", "دیگر"])
KEYS: st.SearchStrategy[Any] = st.sampled_from(["1", "2", "3", 4, None, "", "۵", {}, "x" * 70])


def _record(key: Any, fields: dict[str, Any]) -> dict[str, Any]:
    return {"nationalcode": key, **fields}


KEYED = st.builds(_record, KEYS, st.dictionaries(FIELDS, VALUES, max_size=4))
PLAIN = st.builds(_record, st.integers(1, 9).map(str), st.just({"name": "a", "sex": 1}))
RECORDS = st.lists(KEYED | PLAIN | st.dictionaries(FIELDS, VALUES, max_size=3), max_size=8)
GAPS = st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", "\t: ")])
AROUND = st.sampled_from([{}, {"totalPages": 1}, {"links": [[1]], "message": "\ud800"}])

Fates = dict[str, Any]


@pytest.fixture(scope="module")
def decoder() -> Decoder:
    return Decoder(SOURCE, Reference(load(), date(2026, 11, 23), (), {"تهران": 23}))


def page_of(records: Sequence[Any], gaps: tuple[str, str], around: dict[str, Any]) -> Page:
    text = json.dumps({"data": records, **around}, separators=gaps)
    return read_answer(Reply(200, {}, Body(text.encode())), "a call").page


def fates(unit: UnitRead) -> Fates:
    return {
        "rows": dict(zip(sorted(unit.fresh), unit.rows(sorted(unit.fresh)), strict=True)),
        "rejects": list(unit.rejects()),
        "counts": (unit.fetched, unit.people, unit.stale, unit.duplicates, unit.rejected),
    }


@settings(deadline=None, max_examples=300)
@given(RECORDS, GAPS, AROUND)
def test_it_gives_each_record_of_an_answer_one_fate(
    decoder: Decoder, records: list[Any], gaps: tuple[str, str], around: dict[str, Any]
) -> None:
    unit = read_unit(decoder, [page_of(records, gaps, around)], {})

    assert unit.fetched == len(records)
    assert unit.fetched == unit.people + unit.stale + unit.duplicates + unit.rejected
    assert len(unit.rows(unit.fresh)) == unit.people
    assert len({place for place, *_ in unit.rejects()}) == unit.rejected


@settings(deadline=None, max_examples=300)
@given(RECORDS, GAPS)
def test_it_finds_the_same_when_the_page_is_read_slowly_and_written_anew(
    decoder: Decoder, records: list[Any], gaps: tuple[str, str]
) -> None:
    fast = page_of(records, gaps, {})
    slow = Page(as_json(parse_strictly(fast.data)[0]))

    assert fates(read_unit(decoder, [fast], {})) == fates(read_unit(decoder, [slow], {}))


@settings(deadline=None, max_examples=300)
@given(RECORDS, GAPS, st.integers(1, 400))
def test_it_finds_the_same_in_slices(
    decoder: Decoder, records: list[Any], gaps: tuple[str, str], slice_bytes: int
) -> None:
    page = page_of(records, gaps, {})
    at_once = fates(read_unit(decoder, [page], {}))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bounds, "SLICE_BYTES", slice_bytes)
        patch.setattr(reading, "KEPT_BYTES", 0)
        unit = read_unit(decoder, [page], {})
        assert unit.batch.raws is not None
        assert fates(unit) == at_once


@settings(deadline=None, max_examples=200)
@given(RECORDS, GAPS, st.integers(1, 400))
def test_it_decodes_the_same_in_slices(
    decoder: Decoder, records: list[Any], gaps: tuple[str, str], slice_bytes: int
) -> None:
    raws, _ = split(page_of(records, gaps, {}))
    whole = decoder.decode(raws)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bounds, "SLICE_BYTES", slice_bytes)
        sliced = decoder.decode(raws, keep=False)
        good = [place for place, key in enumerate(whole.keys) if key is not None]
        assert decoder.rows(sliced, good[::-1]) == decoder.rows(whole, good[::-1])
    assert (sliced.keys, sliced.rejects) == (whole.keys, whole.rejects)
    assert sliced.replaced == whole.replaced


@given(st.lists(st.integers(0, 50), max_size=30), st.integers(1, 6), st.integers(1, 60))
def test_it_slices_all_in_order_within_its_bounds(
    sizes: list[int], most: int, slice_bytes: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bounds, "SLICE_BYTES", slice_bytes)
        found = list(bounds.slices(sizes, lambda size: size, most))

    assert [size for some in found for size in some] == sizes
    assert all(0 < len(some) <= most for some in found)
    assert all(len(some) == 1 or sum(some) <= slice_bytes for some in found)
