"""How values become rows: keys canonical, text as sent, numbers by the column's kind."""

from datetime import date
from typing import Any

import pytest

from fetch_data import faculty_main, students_main
from sync_core.base.settings import load
from sync_core.engine.canonical import Rejected, Row, canonical_row
from sync_core.engine.source import Reference, Source


@pytest.fixture(scope="module")
def reference() -> Reference:
    provinces = {"خراسان رضوی": 9, "تهران": 23}
    return Reference(load(), date(2026, 11, 23), ("1110",), provinces)


def cell(source: Source, row: Row, name: str) -> Any:
    return row[[column.name for column in source.columns].index(name)]


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("0012345679", "0012345679"),
        ("12345679", "0012345679"),
        (12345679, "0012345679"),
        (" ۰۰۱۲۳۴۵۶۷۹ ", "0012345679"),
        ("٠٠١٢٣٤٥٦٧٩", "0012345679"),
    ],
)
def test_it_pads_and_folds_a_national_code(reference: Reference, given: Any, stored: str) -> None:
    row = canonical_row(faculty_main.SOURCE, reference, {"nationalcode": given})

    assert cell(faculty_main.SOURCE, row, "nationalcode") == stored


@pytest.mark.parametrize("given", [None, "", "  ", True, [], {}, -5, 1.5])
def test_it_rejects_a_record_without_a_key(reference: Reference, given: Any) -> None:
    with pytest.raises(Rejected):
        canonical_row(faculty_main.SOURCE, reference, {"nationalcode": given})


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        (" كريم ", " كريم "),
        (912, "912"),
        (7.0, "7"),
        (1.5, "1.5"),
        ("a\0b", "a\ufffdb"),
        (None, None),
        ("", ""),
    ],
)
def test_it_keeps_text_as_sent(reference: Reference, given: Any, stored: Any) -> None:
    row = canonical_row(students_main.SOURCE, reference, {"studentnum": "1", "city": given})

    assert cell(students_main.SOURCE, row, "city") == stored


@pytest.mark.parametrize(
    ("given", "stored"), [(5, 5), ("5", 5), ("۰۵", 5), (" ", None), (5.0, 5), (None, None)]
)
def test_it_reads_whole_numbers_however_they_are_sent(
    reference: Reference, given: Any, stored: Any
) -> None:
    row = canonical_row(students_main.SOURCE, reference, {"studentnum": "1", "provinceCode": given})

    assert cell(students_main.SOURCE, row, "province_code") == stored


@pytest.mark.parametrize("given", ["north", 1.5, True, [1], 2**70, "9" * 40, "5-", "--5", "²"])
def test_it_rejects_what_cannot_be_a_whole_number(reference: Reference, given: Any) -> None:
    with pytest.raises(Rejected, match="provinceCode"):
        canonical_row(students_main.SOURCE, reference, {"studentnum": "1", "provinceCode": given})


def test_it_derives_the_province_from_arabic_letters_and_half_spaces(reference: Reference) -> None:
    record = {"nationalcode": "1", "scope": "مديريت خراسان\u200cرضوي"}

    row = canonical_row(faculty_main.SOURCE, reference, record)

    assert cell(faculty_main.SOURCE, row, "province_code") == 9


def test_it_gives_a_value_for_every_column_in_their_order(reference: Reference) -> None:
    columns = students_main.SOURCE.columns
    record = {column.field: place for place, column in enumerate(columns)}

    row = canonical_row(students_main.SOURCE, reference, {**record, "no such column": "x"})

    assert [int(value) for value in row] == list(range(len(columns)))


def test_it_gives_none_for_each_field_that_was_not_sent(reference: Reference) -> None:
    row = canonical_row(students_main.SOURCE, reference, {"studentnum": "1"})

    assert row == ("1", *[None] * (len(students_main.SOURCE.columns) - 1))


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (["a"], "city holds a list"),
        ({"a": 1}, "city holds an object"),
        (True, "city holds true or false"),
        (2.0**53, "city holds a number too large to keep its digits"),
        (-(2.0**53), "city holds a number too large to keep its digits"),
    ],
)
def test_it_rejects_what_cannot_be_text(reference: Reference, given: Any, reason: str) -> None:
    with pytest.raises(Rejected) as caught:
        canonical_row(students_main.SOURCE, reference, {"studentnum": "1", "city": given})

    assert str(caught.value) == reason


@pytest.mark.parametrize("given", [2**63 - 1, -(2**63) + 1, str(2**63 - 1)])
def test_it_stores_the_largest_whole_numbers(reference: Reference, given: Any) -> None:
    row = canonical_row(students_main.SOURCE, reference, {"studentnum": "1", "provinceCode": given})

    assert cell(students_main.SOURCE, row, "province_code") == int(given)


@pytest.mark.parametrize("given", [2**63, -(2**63) - 1, str(2**63), 1e300])
def test_it_rejects_whole_numbers_that_no_table_holds(reference: Reference, given: Any) -> None:
    with pytest.raises(Rejected, match="provinceCode holds a number too large"):
        canonical_row(students_main.SOURCE, reference, {"studentnum": "1", "provinceCode": given})
