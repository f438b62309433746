"""What would fill the memory is refused before it is made into objects."""

import json
from datetime import date

import msgspec
import pytest

from fetch_data.students_main import SOURCE
from sync_core.base.errors import BadPayload
from sync_core.base.settings import load
from sync_core.base.strict_json import TEXT_MAX, VALUES_MAX, BadJson
from sync_core.engine.bounds import LOOKED_AT_BYTES, MIB, RECORDS_ALWAYS, most_records
from sync_core.engine.decode import NAMES_BYTES, NAMES_MAX, Decoder, split
from sync_core.engine.shape import Shape
from sync_core.engine.source import Page, Reference


@pytest.fixture
def decoder() -> Decoder:
    return Decoder(SOURCE, Reference(load(), date(2026, 11, 23), ("1110",), {}))


LARGE = LOOKED_AT_BYTES // 2


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"[" + b"{}," * LARGE + b"{}]", "One unit holds more than 1,000 records"),
        (b"[" + b"1," * LARGE * 2 + b"1]", "'data' holds something that is no record"),
        (b"[" + b"[]," * LARGE * 2 + b"1]", "'data' holds something that is no record"),
    ],
    ids=["empty objects", "numbers", "lists"],
)
def test_it_does_not_split_a_page_into_millions(data: bytes, why: str) -> None:
    with pytest.raises((BadPayload, BadJson), match=why):
        split(Page(data), 1_000)


def test_it_splits_a_page_whose_texts_hold_millions_of_commas() -> None:
    record = b'{"city":"' + b"," * 5 * LARGE + b'"}'

    raws, _ = split(Page(b"[" + record + b"]"), 1_000)

    assert [bytes(raw) for raw in raws] == [record]


def test_it_asks_for_smaller_pages_when_a_large_one_is_odd() -> None:
    data = b'[{"city":"\\ud800"},{"city":"' + b"x" * TEXT_MAX + b'"}]'

    with pytest.raises(BadPayload) as caught:
        split(Page(data))

    assert "HAMGAM_PAGE_SIZE" in caught.value.hint


def test_it_rejects_a_record_of_too_many_values(decoder: Decoder) -> None:
    values = b"[" + b"[]," * VALUES_MAX + b"1]"
    odd, plain = b'{"studentnum":"1","city":' + values + b"}", b'{"studentnum":"2"}'

    batch = decoder.decode([msgspec.Raw(odd), msgspec.Raw(plain)])

    assert batch.keys == [None, "2"]
    assert batch.rejects == {0: "it is no plain JSON, and too large to be read in another way"}


@pytest.mark.parametrize("names", [NAMES_MAX * 20, NAMES_BYTES])
def test_it_makes_no_shape_of_thousands_of_names(
    decoder: Decoder, monkeypatch: pytest.MonkeyPatch, names: int
) -> None:
    shaped: list[int] = []
    real = decoder._make_shape

    def noted(names: tuple[str, ...]) -> Shape:
        shaped.append(len(names))
        return real(names)

    monkeypatch.setattr(decoder, "_shape_of", noted)
    wide = {"studentnum": "1", "city": "a"} | {f"n{number}": 1 for number in range(names)}

    batch = decoder.decode([msgspec.Raw(json.dumps(wide).encode())])

    assert (batch.keys, decoder.rows(batch, [0])[0][0]) == (["1"], "1")
    assert shaped == [len(SOURCE.columns)]


def test_it_gives_room_for_records_as_for_bytes() -> None:
    assert most_records(256 * MIB) == 256 * MIB // 1_536
    assert most_records(MIB) == RECORDS_ALWAYS
