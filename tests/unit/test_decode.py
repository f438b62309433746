"""Many records at once and one by one: the same rows, keys and rejects, whatever is sent."""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fetch_data import faculty_main, students_main
from sync_core.base.settings import load
from sync_core.base.strict_json import BadJson, parse_strictly
from sync_core.engine.canonical import Rejected, Row, canonical_row
from sync_core.engine.decode import Decoder, read_record, split
from sync_core.engine.source import Page, Reference, Source

STUDENTS, FACULTY = students_main.SOURCE, faculty_main.SOURCE
PROVINCES = {"خراسان رضوی": 9, "تهران": 23}

Told = tuple[str | None, Row | None, str | None]
"""What became of a record: its key, its row, why it was rejected."""


@pytest.fixture(scope="module")
def reference() -> Reference:
    return Reference(load(), date(2026, 11, 23), ("1110",), PROVINCES)


@pytest.fixture(scope="module")
def decoder(reference: Reference) -> Decoder:
    return Decoder(STUDENTS, reference)


@pytest.fixture
def fast_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A record that is read by itself fails the test."""

    def refuse(text: bytes) -> Any:
        raise AssertionError(f"This was read slowly: {text!r}")

    monkeypatch.setattr("sync_core.engine.decode.read_record", refuse)


def told(decoder: Decoder, texts: Iterable[bytes]) -> list[Told]:
    batch = decoder.decode([msgspec.Raw(text) for text in texts])
    good = [place for place, key in enumerate(batch.keys) if key is not None]
    rows = dict(zip(good, decoder.rows(batch, good), strict=True)) if good else {}
    return [
        (key, rows.get(place), batch.rejects.get(place)) for place, key in enumerate(batch.keys)
    ]


def expected(source: Source, reference: Reference, text: bytes) -> Told:
    """What the exact and slow reading says."""
    try:
        row = canonical_row(source, reference, parse_strictly(text)[0])
    except Rejected as exc:
        return None, None, str(exc)
    return row[[column.name for column in source.columns].index(source.key)], row, None


def cell(told: Told, name: str) -> Any:
    assert told[1] is not None
    return told[1][[column.name for column in STUDENTS.columns].index(name)]


def text(**fields: Any) -> bytes:
    return json.dumps(fields, ensure_ascii=False).encode()


VALUES = [
    "null",
    '""',
    '" "',
    '"a"',
    '"كريم ي ک\u200cی"',
    '"\\u0643"',
    '"a\\"b"',
    '"a\\":\\"b"',
    '"\\":"',
    '"{[]}"',
    '"\\\\u0000"',
    '"a\\u0000b"',
    '"\\ud800"',
    '"x\\udc00y"',
    '"\\ud83d\\ude00"',
    "0",
    "-0",
    "7",
    "-7",
    '"7"',
    '" ۰۷ "',
    '"٧"',
    '"-7"',
    '"7.0"',
    '"1e2"',
    '"north"',
    "7.0",
    "-0.0",
    "7.5",
    "1e2",
    "1e400",
    "9007199254740991.0",
    "9007199254740992.0",
    "1e22",
    "999999999999999",
    "1000000000000000",
    "9223372036854775807",
    "-9223372036854775807",
    "9223372036854775808",
    "18446744073709551616",
    "123456789012345678901234567890",
    '"9223372036854775808"',
    "true",
    "false",
    "[]",
    '["a", 1]',
    "{}",
    '{"a": {"b": 1}}',
    '"خراسان\u200cرضوي"',
]
"""JSON, as a gateway could send it in any field."""


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize(
    ("source", "field"),
    [
        (STUDENTS, "studentnum"),
        (STUDENTS, "city"),
        (STUDENTS, "provinceCode"),
        (STUDENTS, "no such column"),
        (FACULTY, "nationalcode"),
        (FACULTY, "scope"),
        (FACULTY, "sex"),
    ],
    ids=lambda given: given if isinstance(given, str) else given.name,
)
def test_it_says_the_same_of_a_record_alone_and_among_others(
    reference: Reference, source: Source, field: str, value: str
) -> None:
    decoder = Decoder(source, reference)
    key = {source.key: "0012345679"} if field != source.key else {}
    one = json.dumps({**key, field: "?"}).encode().replace(b'"?"', value.encode())
    like, other = text(**{**key, field: None}), text(**{source.key: "0012345680", "markaz": "x"})
    want = expected(source, reference, one)

    assert told(decoder, [one]) == [want]
    assert told(decoder, [like, one, like])[1] == want
    assert told(decoder, [other, one, like])[1] == want


def test_it_reads_no_record_by_itself_when_all_have_one_shape(
    decoder: Decoder, fast_only: None
) -> None:
    records = [
        text(studentnum=str(place), city=city, provinceCode=9, other=True, more=1.5)
        for place, city in enumerate(["تهران", None, 'a"b', 5, 10**30])
    ]

    assert [cell(each, "city") for each in told(decoder, records)] == [
        "تهران",
        None,
        'a"b',
        "5",
        str(10**30),
    ]


def test_it_reads_records_at_once_also_when_a_column_is_derived(
    reference: Reference, fast_only: None
) -> None:
    records = [
        text(nationalcode="0012345679", scope="تهران", sex=1),
        text(nationalcode="0", scope=5),
    ]

    found = told(Decoder(FACULTY, reference), [records[0]] * 2) + told(
        Decoder(FACULTY, reference), [records[1]] * 2
    )

    assert [row and row[-1] for _, row, _ in found] == [23, 23, None, None]


def test_it_reads_only_the_odd_record_by_itself(
    decoder: Decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow: list[bytes] = []
    monkeypatch.setattr(
        "sync_core.engine.decode.read_record",
        lambda text: slow.append(text) or read_record(text),  # type: ignore[func-returns-value]
    )
    plain, odd = text(studentnum="1", city="a"), text(studentnum="2", city=1.5)

    told(decoder, [plain, odd, plain])

    assert slow == [odd]


@pytest.mark.parametrize(
    ("value", "stored"),
    [("a\\u0000b", "a\ufffdb"), ("\\ud800", "\ufffd"), ("\\\\u0000", "\\u0000")],
)
def test_it_replaces_what_no_database_holds(decoder: Decoder, value: str, stored: str) -> None:
    (one,) = told(decoder, [b'{"studentnum":"1","city":"%s"}' % value.encode()])

    assert cell(one, "city") == stored


def test_it_counts_the_characters_that_it_replaced(decoder: Decoder) -> None:
    records = [b'{"studentnum":"1","city":"\\u0000 \\u0000"}', b'{"studentnum":"2","x":"\\ud800"}']

    batch = decoder.decode([msgspec.Raw(record) for record in records])

    assert batch.replaced == 3


def test_it_keeps_arabic_letters_as_sent(decoder: Decoder) -> None:
    (one,) = told(decoder, [text(studentnum="1", city="كرج ي")])

    assert cell(one, "city") == "كرج ي"


def test_it_keeps_the_digits_of_a_number_that_becomes_text(decoder: Decoder) -> None:
    values = [str(2**64 + 1), "9" * 39, "9" * 60, "-" + "9" * 60, "9" * 5_000]
    records = [b'{"studentnum":"1","city":%s}' % value.encode() for value in values]

    assert [cell(each, "city") for each in told(decoder, records)] == values


def test_it_derives_a_column_from_another_one(reference: Reference) -> None:
    scopes = ["مديريت خراسان\u200cرضوي", "تهران", "nowhere", None, 5]
    decoder = Decoder(FACULTY, reference)

    found = told(decoder, [text(nationalcode=str(n), scope=s) for n, s in enumerate(scopes)])

    assert [row[-1] for _, row, _ in found if row is not None] == [9, 23, None, None, None]


def test_it_pads_a_key_in_the_row_as_well(reference: Reference) -> None:
    decoder = Decoder(FACULTY, reference)
    at = [column.name for column in FACULTY.columns].index("nationalcode")

    found = told(decoder, [text(nationalcode=5), text(nationalcode=" ۷ ")])

    assert [(key, row and row[at]) for key, row, _ in found] == [
        ("0000000005", "0000000005"),
        ("0000000007", "0000000007"),
    ]


PEOPLE = [
    {"studentnum": str(n), "city": f"c{n}", "email": None, "provinceCode": n} for n in range(6)
]
Change = Callable[[int, dict[str, Any]], dict[str, Any]]


def _some(change: Change) -> Change:
    return lambda n, record: change(n, record) if n in (0, 3) else record


def _last(change: Change) -> Change:
    return lambda n, record: change(n, record) if n == 5 else record


def _added(n: int, record: dict[str, Any]) -> dict[str, Any]:
    return {**record, "new": [{"a": n}], "term": f"t{n}"}


def _gone(n: int, record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name != "city"}


def _turned(n: int, record: dict[str, Any]) -> dict[str, Any]:
    return dict(reversed(record.items()))


@pytest.mark.parametrize("narrow", [_some, _last, lambda change: change])
@pytest.mark.parametrize("change", [_added, _gone, _turned])
@pytest.mark.parametrize("gaps", [(",", ":"), (", ", ": "), (" ,\r\n ", "\t: ")])
def test_it_reads_records_whose_fields_differ(
    decoder: Decoder,
    reference: Reference,
    narrow: Callable[[Change], Change],
    change: Change,
    gaps: tuple[str, str],
) -> None:
    records = [narrow(change)(n, person) for n, person in enumerate(PEOPLE)]
    texts = [json.dumps(record, separators=gaps).encode() for record in records]

    found = told(decoder, texts)

    assert found == [expected(STUDENTS, reference, text) for text in texts]
    assert [cell(each, "city") for each in found] == [record.get("city") for record in records]
    assert [cell(each, "term") for each in found] == [record.get("term") for record in records]


@pytest.mark.parametrize("name", ['a"b', "a\\b", "a\nb", "", "a\0b", "فیلد", "field_0", "absent_1"])
def test_it_reads_a_record_whatever_the_name_of_a_further_field(
    decoder: Decoder, name: str
) -> None:
    records = [text(**{"studentnum": "1", name: "x"}), text(studentnum="2")]

    assert [key for key, _, _ in told(decoder, records)] == ["1", "2"]


DEEP = b"[" * 16 + b"]" * 16
AMBIGUOUS = {
    "a name twice": b'{"studentnum":"1","city":"a","city":"b"}',
    "a name twice, the same value": b'{"studentnum":"1","city":"a","city":"a"}',
    "the key twice": b'{"studentnum":"1","studentnum":"2","city":"a"}',
    "an unknown name twice": b'{"studentnum":"1","city":"a","x":1,"x":2}',
    "a name twice, once escaped": b'{"studentnum":"1","city":"a","\\u0063ity":"b"}',
    "a name twice, a space after one": b'{"studentnum":"1","city" :"a","city":"b"}',
    "a name twice, a line's end after it": b'{"studentnum":"1","city"\n:"a","city"\n:"x\\":"}',
    "a name twice in another's value": b'{"studentnum":"1","city":"a","x":{"b":1,"b":2}}',
    "a number": b"1",
    "null": b"null",
    "text": b'"studentnum"',
    "a list": b"[]",
    "invalid UTF-8": b'{"studentnum":"1","city":"\xff"}',
    "invalid UTF-8 in an unknown field": b'{"studentnum":"1","city":"a","x":"\xff"}',
    "too deep": b'{"studentnum":"1","city":' + DEEP + b"}",
    "too deep in an unknown field": b'{"studentnum":"1","city":"a","x":' + DEEP + b"}",
    "NaN": b'{"studentnum":"1","city":NaN}',
    "cut": b'{"studentnum":"1","city":"a',
}


@pytest.mark.parametrize(
    "neighbour",
    [
        None,
        b'{"studentnum":"9"}',
        b'{"studentnum":"9","city":"z"}',
        b'{"studentnum":"9","city":"z","x":1}',
        b'{"studentnum":"9","city":1.5,"other":1}',
    ],
    ids=["alone", "fewer fields", "the same fields", "an unknown field", "other fields"],
)
@pytest.mark.parametrize("record", AMBIGUOUS.values(), ids=AMBIGUOUS)
def test_it_refuses_what_is_no_record_or_ambiguous(
    decoder: Decoder, record: bytes, neighbour: bytes | None
) -> None:
    texts = [record] if neighbour is None else [neighbour, record, neighbour]

    with pytest.raises(BadJson):
        decoder.decode([msgspec.Raw(text) for text in texts])


def test_it_rejects_a_deep_value_that_is_not_too_deep(decoder: Decoder) -> None:
    deep = b"[" * 15 + b"]" * 15

    (one,) = told(decoder, [b'{"studentnum":"1","city":' + deep + b"}"])

    assert one == (None, None, "city holds a list")


@pytest.mark.parametrize("data", [b"{}", b"1", b"[1", b'[{"a":1} {"b":2}]', b"", b"[" * 100_000])
def test_it_refuses_a_page_that_is_no_list(data: bytes) -> None:
    with pytest.raises(BadJson):
        split(Page(data))


def test_it_splits_a_page_into_its_records_as_sent() -> None:
    page = Page(b' [ {"a" : 1} ,\n{"b":[2, 3]} ] ')

    raws, replaced = split(page)

    assert [bytes(raw) for raw in raws] == [b'{"a" : 1}', b'{"b":[2, 3]}']
    assert replaced == 0


def test_it_writes_a_page_anew_that_a_fast_parser_refuses() -> None:
    raws, replaced = split(Page(b'[{"a" : "\\ud800"}, {"b": 1e400}]'))

    assert [bytes(raw) for raw in raws] == ['{"a":"\ufffd"}'.encode(), b'{"b":"1e400"}']
    assert replaced == 1


@pytest.mark.parametrize(
    "data", [b'[{"a": NaN}]', b'[{"a": 1},]', b"[" * 3_000 + b"]" * 3_000, b'{"a": 1}', b"[", b'""']
)
def test_it_refuses_a_page_that_is_no_list_of_records(data: bytes) -> None:
    with pytest.raises(BadJson):
        split(Page(data))


def test_it_gives_nothing_for_no_records(decoder: Decoder) -> None:
    batch = decoder.decode([])

    assert (batch.keys, batch.rejects, decoder.rows(batch, [])) == ([], {}, [])


def test_it_gives_no_rows_for_no_places(decoder: Decoder) -> None:
    batch = decoder.decode([msgspec.Raw(text(studentnum="1"))])

    assert decoder.rows(batch, []) == []


def test_it_gives_rows_in_the_order_asked_for(decoder: Decoder) -> None:
    records = [text(studentnum=number) for number in ("1", "2", "3")]
    odd = text(studentnum="4", city=1.5)

    for texts in (records, [*records, odd]):
        batch = decoder.decode([msgspec.Raw(each) for each in texts])
        assert [row[0] for row in decoder.rows(batch, [2, 0])] == ["3", "1"]


@pytest.mark.parametrize("digits", [15, 16, 19, 20, 39, 40, 41, 64, 65])
def test_it_judges_a_number_as_key_alike_in_both_ways(decoder: Decoder, digits: int) -> None:
    key = b"9" * digits
    plain, odd = b'{"studentnum":%s}' % key, b'{"studentnum":%s,"city":1.5}' % key

    (fast,), (slow,) = told(decoder, [plain]), told(decoder, [odd])

    assert (fast[0], fast[2]) == (slow[0], slow[2])


NAMES = ("studentnum", "city", "email", "provinceCode", "code_Markaz", "other", "دیگر")
ODD = ["۱۲", " ", "5", 'a":b', '":', "\0", "\\u0000", "\ud800", "كي", "{", "["]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**25), 10**25)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6)
    | st.sampled_from(ODD)
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=2)
    ),
    max_leaves=4,
)
KEYS = st.text("0123456789", min_size=1, max_size=3) | JSON
NAME_LISTS = st.lists(st.sampled_from(NAMES), unique=True)


def _with(names: Sequence[str]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({n: KEYS if n == "studentnum" else JSON for n in names})


ALIKE = NAME_LISTS.flatmap(lambda names: st.lists(_with(names), max_size=5))
MIXED = st.lists(NAME_LISTS.flatmap(_with), max_size=5)
GAPS = st.sampled_from([(",", ":"), (", ", ": "), (" , ", " : ")])


@settings(deadline=None, max_examples=300)
@given(ALIKE | MIXED, GAPS)
def test_it_decodes_all_together_as_each_alone(
    decoder: Decoder, reference: Reference, records: list[dict[str, Any]], gaps: tuple[str, str]
) -> None:
    texts = [json.dumps(record, separators=gaps).encode() for record in records]

    together = told(decoder, texts)

    assert together == [told(decoder, [text])[0] for text in texts]
    assert together == [expected(STUDENTS, reference, text) for text in texts]
