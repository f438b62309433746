"""A unit next to what it sent before: who is the same, who is new, what is counted, who is kept."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xxhash import xxh3_128_digest

from fetch_data.students_main import SOURCE
from sync_core.base.errors import BadPayload
from sync_core.base.settings import load
from sync_core.base.strict_json import BadJson
from sync_core.engine import reading
from sync_core.engine.decode import Decoder
from sync_core.engine.reading import (
    KEPT_BYTES,
    LARGEST_REJECT_BYTES,
    MOST_REJECT_VALUES,
    UnitRead,
    read_unit,
)
from sync_core.engine.source import Page, Reference

CITY = [column.name for column in SOURCE.columns].index("city")
A, B = b'{"studentnum":"1","city":"a"}', b'{"studentnum":"1","city":"b"}'
A_SPACED = b'{"studentnum": "1", "city": "a"}'
B_SPACED = b'{"studentnum": "1", "city": "b"}'
OTHER, NO_KEY = b'{"studentnum":"2"}', b'{"studentnum":" "}'


@pytest.fixture(scope="module")
def decoder() -> Decoder:
    return Decoder(SOURCE, Reference(load(), date(2026, 11, 23), ("1110",), {}))


def page(*records: bytes) -> Page:
    return Page(b"[" + b",".join(records) + b"]")


def read(decoder: Decoder, *records: bytes, known: Mapping[bytes, str] | None = None) -> UnitRead:
    return read_unit(decoder, [page(*records)], known or {})


def known(**records: bytes) -> dict[bytes, str]:
    """`_1=record`: what is known of person 1."""
    return {xxh3_128_digest(record): name[1:] for name, record in records.items()}


def counts(unit: UnitRead) -> dict[str, int]:
    names = ("fetched", "people", "duplicates", "stale", "rejected")
    return {name: getattr(unit, name) for name in names}


def city(unit: UnitRead, key: str) -> Any:
    return unit.rows([key])[0][CITY]


def test_it_never_looks_at_a_known_record(decoder: Decoder) -> None:
    broken = (b"17", b'{"studentnum":"1","studentnum":"1"}')

    unit = read(decoder, *broken, OTHER, known=known(_1=broken[0], _3=broken[1]))

    assert (unit.same, set(unit.fresh)) == ({"1", "3"}, {"2"})
    with pytest.raises(BadJson):
        read(decoder, broken[0])


def test_it_decodes_only_what_is_not_known(
    decoder: Decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[bytes] = []
    real = Decoder.decode
    monkeypatch.setattr(
        Decoder,
        "decode",
        lambda self, raws, **how: (decoded.extend(map(bytes, raws)), real(self, raws, **how))[1],
    )

    read(decoder, A, OTHER, A, known=known(_1=A))

    assert decoded == [OTHER]


def test_it_reads_every_page_in_order(decoder: Decoder) -> None:
    unit = read_unit(decoder, [page(A), page(), page(NO_KEY, OTHER)], {})

    assert (unit.fetched, unit.rejected, set(unit.fresh)) == (3, 1, {"1", "2"})
    assert [position for position, *_ in unit.rejects()] == [1]


def test_it_gives_rows_in_the_order_of_the_keys(decoder: Decoder) -> None:
    unit = read(decoder, A, OTHER)

    assert [row[0] for row in unit.rows(["2", "1"])] == ["2", "1"]


def test_it_notes_the_digest_of_each_fresh_record_as_sent(decoder: Decoder) -> None:
    unit = read(decoder, A_SPACED, OTHER, NO_KEY, known=known(_2=OTHER))

    assert unit.digests == {"1": xxh3_128_digest(A_SPACED)}


@pytest.mark.parametrize(
    ("records", "duplicates", "stale", "kept"),
    [
        ((A, B), 0, 1, "b"),
        ((A, A), 1, 0, "a"),
        ((A, A_SPACED), 1, 0, "a"),
        ((A, B, B), 1, 1, "b"),
        ((A, A_SPACED, B), 1, 1, "b"),
        ((A, A, A, B), 2, 1, "b"),
        ((A, B, OTHER, NO_KEY), 0, 1, "b"),
    ],
)
def test_it_counts_and_keeps_the_same_whatever_the_order(
    decoder: Decoder, records: Sequence[bytes], duplicates: int, stale: int, kept: str
) -> None:
    for turned in permutations(records):
        unit = read(decoder, *turned)

        assert (unit.duplicates, unit.stale, city(unit, "1")) == (duplicates, stale, kept)


def test_it_keeps_the_same_record_of_equal_contents_whatever_the_order(decoder: Decoder) -> None:
    least = min(xxh3_128_digest(record) for record in (A, A_SPACED))

    for turned in permutations([A, A_SPACED, A]):
        assert read(decoder, *turned).digests["1"] == least


@pytest.mark.parametrize(
    ("records", "was", "same", "duplicates", "stale"),
    [
        ((A,), A, True, 0, 0),
        ((A, A), A, True, 1, 0),
        ((B, A), B, True, 0, 1),
        ((A, B), A, False, 0, 1),
        ((A, A, B), A, False, 1, 1),
        ((A, B, B), A, False, 1, 1),
        ((A, A_SPACED), A, True, 1, 0),
        ((A, A_SPACED), A_SPACED, True, 1, 0),
        ((B, A, A_SPACED), B, True, 1, 1),
        ((A, B, B_SPACED), A, False, 1, 1),
        ((B, B_SPACED, A), B_SPACED, True, 1, 1),
        ((A, NO_KEY), A, True, 0, 0),
    ],
)
def test_it_judges_a_known_record_and_another_of_the_same_person(
    decoder: Decoder, records: Sequence[bytes], was: bytes, same: bool, duplicates: int, stale: int
) -> None:
    for turned in permutations(records):
        unit = read(decoder, *turned, known=known(_1=was))

        assert ("1" in unit.same, "1" in unit.fresh, unit.people) == (same, not same, 1)
        assert (unit.duplicates, unit.stale) == (duplicates, stale)
        assert same or city(unit, "1") == "b"
        assert set(unit.digests) == set(unit.fresh)


def test_it_keeps_rejects_with_their_place_in_the_unit_and_reason(decoder: Decoder) -> None:
    bad = b'{"studentnum":"3","city":[1]}'
    unit = read_unit(decoder, [page(A, NO_KEY), page(OTHER, bad)], known(_1=A, _2=OTHER))

    assert list(unit.rejects()) == [
        (1, "studentnum is missing or is no code", {"studentnum": " "}),
        (3, "city holds a list", {"studentnum": "3", "city": [1]}),
    ]


@pytest.mark.parametrize("more", [0, 1])
def test_it_keeps_a_reject_only_up_to_a_limit(decoder: Decoder, more: int) -> None:
    frame = len(b'{"city":""}')
    record = b'{"city":"%s"}' % (b"x" * (LARGEST_REJECT_BYTES - frame + more))

    ((_, _, kept),) = read(decoder, record).rejects()

    assert kept == ({"too_large_bytes": len(record)} if more else json.loads(record))


def test_it_keeps_no_reject_that_is_a_thousand_values(decoder: Decoder) -> None:
    record = b'{"city":[%s]}' % b",".join([b"[]"] * MOST_REJECT_VALUES)

    ((_, _, kept),) = read(decoder, record).rejects()

    assert kept == {"too_large_bytes": len(record)}


def test_it_rejects_a_record_that_is_too_large_for_memory(decoder: Decoder) -> None:
    large = b'{"studentnum":"1","city":"%s"}' % (b"x" * KEPT_BYTES)

    unit = read(decoder, OTHER, large, A)

    assert (unit.fetched, set(unit.fresh)) == (3, {"1", "2"})
    assert list(unit.rejects()) == [(1, "it is larger than 8 MB", {"too_large_bytes": len(large)})]


@pytest.mark.parametrize("more", [0, 1])
def test_it_takes_only_so_many_records_of_a_unit(
    decoder: Decoder, monkeypatch: pytest.MonkeyPatch, more: int
) -> None:
    monkeypatch.setattr(Decoder, "most_records", 3)
    pages = [page(A, OTHER), page(NO_KEY, *[OTHER] * more)]
    if not more:
        assert read_unit(decoder, pages, {}).fetched == 3
        return
    with pytest.raises(BadPayload, match="more than 3 records") as caught:
        read_unit(decoder, pages, {})
    assert "HAMGAM_ANSWER_MAX_MB" in caught.value.hint


def test_it_decodes_a_large_unit_again_when_its_rows_are_wanted(
    decoder: Decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = read(decoder, A, OTHER, NO_KEY)
    monkeypatch.setattr(reading, "KEPT_BYTES", 0)
    large = read(decoder, A, OTHER, NO_KEY)

    assert (small.weight("1"), large.weight("1")) == (0, len(A))
    assert (large.batch.entries, large.rows(["2", "1"])) == ([], small.rows(["2", "1"]))


def test_it_keeps_a_reject_whose_numbers_have_no_end(decoder: Decoder) -> None:
    record = {"studentnum": None, "email": {"a": 1}, "phonenum": 10**30}

    ((_, _, kept),) = read(decoder, json.dumps(record).encode()).rejects()

    assert kept == record


def test_it_keeps_a_reject_without_what_no_database_holds(decoder: Decoder) -> None:
    ((_, _, kept),) = read(decoder, b'{"city":"a\\u0000b"}').rejects()

    assert kept == {"city": "a\ufffdb"}


def _record(key: str | None, city: str, spaced: bool) -> bytes:
    gaps = (", ", ": ") if spaced else (",", ":")
    return json.dumps({"studentnum": key, "city": city}, separators=gaps).encode()


RECORDS = st.lists(
    st.builds(
        _record, st.sampled_from([None, "1", "2", "3"]), st.sampled_from("abc"), st.booleans()
    ),
    max_size=9,
)


def _fate(unit: UnitRead, was: Mapping[str, Any]) -> dict[str, Any]:
    """Each person's city, for those who are the same as `was` says."""
    cities = {key: was[key] for key in unit.same}
    return cities | {key: city(unit, key) for key in unit.fresh}


@settings(deadline=None, max_examples=300)
@given(RECORDS, RECORDS)
def test_it_finds_the_same_whatever_is_known(
    decoder: Decoder, before: list[bytes], now: list[bytes]
) -> None:
    old, anew = read(decoder, *before), read(decoder, *now)
    remembered = {digest: key for key, digest in old.digests.items()}

    unit = read(decoder, *now, known=remembered)

    assert counts(unit) == counts(anew)
    assert unit.fetched == unit.people + unit.duplicates + unit.stale + unit.rejected == len(now)
    assert unit.same.isdisjoint(unit.fresh)
    assert _fate(unit, _fate(old, {})) == _fate(anew, {})
    assert list(unit.rejects()) == list(anew.rejects())
