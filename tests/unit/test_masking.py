"""What a mask shows: of open columns everything, of everything else nothing."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fetch_data import faculty_main, students_main
from sync_core.access.permissions import OPERATOR, VIEWER, Actor
from sync_core.base.errors import Denied
from sync_core.engine.source import Column
from sync_core.inspect.masking import DOTS, Mask, mask_text, unmasked

FACULTY, STUDENTS = faculty_main.SOURCE, students_main.SOURCE
MASK = Mask.of(FACULTY)
DIGITS = ("0123456789", "۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩", "०१२३४५६७८९")


@pytest.mark.parametrize(
    ("column", "value", "shown"),
    [
        ("mobile", None, None),
        ("mobile", "", ""),
        ("mobile", " ", DOTS),
        ("mobile", "09001234567", DOTS),
        ("mobile", 0, DOTS),
        ("city", "شهر نمونه", "شهر نمونه"),
        ("sex", 2, 2),
        ("sex", 0, 0),
        ("city", {"code": "0012345678"}, DOTS),
        ("city", ["0012345678"], DOTS),
        ("a column of tomorrow", "x", DOTS),
        ("unit_id", 4, DOTS),
        ("last_run", 4, 4),
    ],
)
def test_it_shows_what_is_known_as_open(column: str, value: object, shown: object) -> None:
    assert MASK.value(column, value) == shown
    assert MASK.row({column: value}) == {column: shown}
    assert MASK.change(column, value, None) == (shown, None)


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("0012345678", f"{DOTS}678"),
        (" ۰۰۱۲۳۴۵۶۷۸ ", f"{DOTS}678"),
        (12_345_678, f"{DOTS}678"),
        ("AB12345678", DOTS),
        ("somebody@example.ac.ir", DOTS),
        ("x" * 300, DOTS),
        (["0012345678"], DOTS),
        ({"a": 1}, DOTS),
        (True, DOTS),
        (None, None),
        ("", ""),
    ],
)
def test_it_shows_the_end_of_a_number_that_is_a_personal_key(key: object, shown: object) -> None:
    assert MASK.key(key) == shown
    assert MASK.value("nationalcode", key) == shown
    assert MASK.record({"nationalcode": key}) == {"nationalcode": shown}


def test_it_shows_a_key_that_is_not_personal() -> None:
    assert Mask.of(STUDENTS).key("4010000001") == "4010000001"


def test_it_hides_half_a_short_key_when_a_source_has_one() -> None:
    short = replace(FACULTY, canonical_key=lambda value: str(value))
    assert Mask.of(short).key("123456789") == DOTS


@pytest.mark.parametrize("column", FACULTY.columns + STUDENTS.columns, ids=lambda c: str(c.name))
def test_a_column_decides_alone_what_is_shown(column: Column) -> None:
    source = FACULTY if column in FACULTY.columns else STUDENTS
    shown = Mask.of(source).row({column.name: "canary"})[column.name]
    assert shown == (DOTS if column.personal else "canary")


def test_it_reads_a_record_by_the_names_of_its_fields() -> None:
    record = {
        "provinceCode": 23,
        "province_code": "a column, but no field",
        "phonenum": "09001234567",
        "firstname": ["09001234567"],
        "nationalCode": "0012345678",
        "0012345678": "a name that is data",
        "سارا نمونه": 1,
        "email": None,
    }
    assert Mask.of(STUDENTS).record(record) == {
        "provinceCode": 23,
        "province_code": DOTS,
        "phonenum": DOTS,
        "firstname": DOTS,
        "nationalCode": DOTS,
        DOTS: DOTS,
        "email": None,
    }


@pytest.mark.parametrize("record", [None, [], "0012345678", 7])
def test_it_shows_nothing_of_what_is_no_record(record: object) -> None:
    assert MASK.record(record) == {}


def test_a_field_that_also_fills_a_personal_column_is_hidden() -> None:
    also = Column("contact", "city", personal=True)
    shared = replace(FACULTY, columns=(*FACULTY.columns, also))
    assert Mask.of(shared).record({"city": "x"}) == {"city": DOTS}


def test_it_unmasks_for_the_role_alone_and_only_what_is_personal() -> None:
    row = {column.name: column.name for column in FACULTY.columns}
    assert set(unmasked(Actor("a", OPERATOR), FACULTY, row)) == {"mobile", "email", "nationalcode"}
    with pytest.raises(Denied):
        unmasked(Actor("a", VIEWER), FACULTY, row)


@pytest.mark.parametrize(
    "text",
    [
        *("0012345678", "۰۰۱۲۳۴۵۶۷۸", "٠٠١٢٣٤٥٦٧٨", "12345678", "+989001234567", "001-234567-8"),
        *("0900-123-4567", r"\u06f0\u06f0\u06f1\u06f2\u06f3\u06f4\u06f5\u06f6\u06f7\u06f8"),
        *("a.b+c@example.ac.ir", "a%40example.ac.ir", "کاربر@نمونه.ایران", "a@mail.example.ac.ir"),
        *("1383/01/01", "۱۳۸۳/۰۱/۰۱", "1383-1-1", "1399.12.29"),
    ],
)
def test_it_hides_numbers_addresses_and_births_in_text(text: str) -> None:
    shown = mask_text(f"before '{text}', after")
    assert shown.replace("+", "") == f"before '{DOTS}', after"


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23T09:00:00Z INFO    4051/1110: 1,234,567 records in 12.5 s",
        "2026-11-23 09:00:00,123 page 12 of 3456, run 1234567",
        "on 1405/09/02 at 12:30, 127.0.0.1:8080, 1384 rows",
        "root@localhost, @mention, a@b",
    ],
)
def test_it_leaves_times_and_counts_in_text(text: str) -> None:
    assert mask_text(text) == text


@given(st.text(), st.integers(10, 14), st.sampled_from(DIGITS), st.text(), st.data())
def test_no_long_number_stays_in_text(
    before: str, length: int, digits: str, after: str, data: st.DataObject
) -> None:
    number = "".join(data.draw(st.lists(st.sampled_from(digits), min_size=length, max_size=length)))
    assert not re.search(r"\d{8}", mask_text(before + number + after))


@pytest.mark.parametrize("text", ["a" * 4_000, "1-" * 2_000, "@." * 2_000, "a." * 2_000 + "@"])
def test_a_line_cannot_hold_it_up(text: str) -> None:
    assert len(mask_text(text * 10)) <= len(text * 10)
