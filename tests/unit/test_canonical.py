"""How values become rows: keys canonical, text as sent, numbers by the column's kind."""

from datetime import date
from typing import Any

import pytest

from fetch_data import faculty_main, students_main
from sync_core.base.settings import load
from sync_core.engine.canonical import Rejected, canonical_row, unit_rows
from sync_core.engine.source import Reference


@pytest.fixture(scope="module")
def reference() -> Reference:
    provinces = {"خراسان رضوی": 9, "تهران": 23}
    return Reference(load(), date(2026, 11, 23), ("1110",), provinces)


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

    assert row["nationalcode"] == stored


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

    assert row["city"] == stored


@pytest.mark.parametrize(
    ("given", "stored"), [(5, 5), ("5", 5), ("۰۵", 5), (" ", None), (5.0, 5), (None, None)]
)
def test_it_reads_whole_numbers_however_they_are_sent(
    reference: Reference, given: Any, stored: Any
) -> None:
    row = canonical_row(students_main.SOURCE, reference, {"studentnum": "1", "provinceCode": given})

    assert row["province_code"] == stored


@pytest.mark.parametrize("given", ["north", 1.5, True, [1], 2**70, "9" * 40, "5-", "--5", "²"])
def test_it_rejects_what_cannot_be_a_whole_number(reference: Reference, given: Any) -> None:
    with pytest.raises(Rejected, match="provinceCode"):
        canonical_row(students_main.SOURCE, reference, {"studentnum": "1", "provinceCode": given})


def test_it_derives_the_province_from_arabic_letters_and_half_spaces(reference: Reference) -> None:
    record = {"nationalcode": "1", "scope": "مديريت خراسان\u200cرضوي"}

    row = canonical_row(faculty_main.SOURCE, reference, record)

    assert row["province_code"] == 9


def test_it_keeps_a_huge_reject_out_of_the_database(reference: Reference) -> None:
    unit = unit_rows(students_main.SOURCE, reference, [{"city": "x" * 1_000_000}])

    assert set(unit.rejects[0].record) == {"too_large_bytes"}


def test_it_keeps_a_reject_whose_numbers_have_no_end(reference: Reference) -> None:
    record = {"studentnum": None, "email": {"a": 1}, "phonenum": 10**30}

    unit = unit_rows(students_main.SOURCE, reference, [record])

    assert unit.rejects[0].record == record


def test_it_counts_the_same_whatever_the_order(reference: Reference) -> None:
    a, b = {"studentnum": "1", "city": "a"}, {"studentnum": "1", "city": "b"}

    for records in ([a, a, b], [a, b, a], [b, a, a]):
        unit = unit_rows(students_main.SOURCE, reference, records)
        assert (unit.duplicates, unit.stale, unit.rows["1"]["city"]) == (1, 1, "b")
