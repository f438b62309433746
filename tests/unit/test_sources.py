"""What the two sources declare: units, keys, columns and the province of a scope."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from fetch_data import faculty_main, keys, students_main
from fetch_data.answer import Answer
from fetch_data.keys import national_code, student_number
from sync_core.base.errors import ConfigError
from sync_core.base.settings import Settings
from sync_core.engine.source import INTEGER, Check, Choice, Page, Reference, Source, load_sources

FACULTY, STUDENTS = faculty_main.SOURCE, students_main.SOURCE
SETTINGS = Settings(home=Path("unused"), database_url="", data_url="", first_year=1404)
PROVINCES = {"تهران": 1, "آذربایجان شرقی": 2, "خراسان رضوی": 3, "خراسان": 4, "کرمان": 5}
TODAY = date(2026, 11, 23)


def reference(*campuses: str, **changes: Any) -> Reference:
    return Reference(replace(SETTINGS, **changes), TODAY, campuses, PROVINCES)


def names(units: list[Any]) -> list[str]:
    return [unit.name for unit in units]


@pytest.mark.parametrize("source", [FACULTY, STUDENTS])
def test_it_declares_what_the_core_loads(source: Source) -> None:
    assert load_sources(SETTINGS)[source.name] is source
    assert source.key in {column.name for column in source.columns}
    columns = [column.name for column in source.columns]
    assert len(set(columns)) == len(columns)


def test_it_has_the_columns_that_the_tables_have() -> None:
    assert [column.name for column in FACULTY.columns][:4] == [
        "id", "professorCode", "code", "name",
    ]  # fmt: skip
    assert (len(FACULTY.columns), FACULTY.columns[-1].name) == (22, "province_code")
    assert (len(STUDENTS.columns), STUDENTS.columns[0].name) == (28, "studentnum")


def test_it_renames_the_province_code_of_students_alone() -> None:
    renamed = {c.name: c.field for c in (*FACULTY.columns, *STUDENTS.columns) if c.name != c.field}
    assert set(renamed) == {"province_code"}
    assert next(c.field for c in STUDENTS.columns if c.name == "province_code") == "provinceCode"
    assert next(c.field for c in FACULTY.columns if c.name == "province_code") == "scope"


def test_it_derives_nothing_but_the_province_of_faculty() -> None:
    derived = [c.name for c in (*FACULTY.columns, *STUDENTS.columns) if c.derive]
    assert derived == ["province_code"]


def test_it_keeps_everything_as_text_but_a_few_numbers() -> None:
    numbers = {
        s.name: {c.name for c in s.columns if c.kind == INTEGER} for s in (FACULTY, STUDENTS)
    }
    assert numbers == {
        "faculty": {"id", "sex", "province_code"},
        "students": {"province_code", "code_Markaz"},
    }


def test_it_marks_personal_columns() -> None:
    personal = {s.name: {c.name for c in s.columns if c.personal} for s in (FACULTY, STUDENTS)}
    assert personal == {
        "faculty": {"nationalcode", "mobile", "email"},
        "students": {"email", "phonenum", "address", "birthdate"},
    }


def test_it_plans_one_unit_for_faculty() -> None:
    assert names(FACULTY.plan(reference())) == ["all"]
    assert names(FACULTY.named_units(reference(), Choice())) == ["all"]
    assert FACULTY.recent(reference(), FACULTY.plan(reference())[0])


@pytest.mark.parametrize("choice", [Choice(campuses=("1",)), Choice(terms=("4041",))])
def test_it_refuses_campuses_and_terms_for_faculty(choice: Choice) -> None:
    with pytest.raises(ConfigError, match="faculty has no campuses or terms"):
        FACULTY.named_units(reference(), choice)


def test_it_plans_every_campus_in_every_term_newest_first() -> None:
    assert names(STUDENTS.plan(reference("900", "1110"))) == [
        "4051/1110", "4051/900", "4043/1110", "4043/900",
        "4042/1110", "4042/900", "4041/1110", "4041/900",
    ]  # fmt: skip


def test_it_ranks_by_term_and_then_by_campus_as_numbers() -> None:
    units = STUDENTS.plan(reference("900", "1110"))
    ranks = [unit.rank for unit in units]
    assert ranks == sorted(ranks, reverse=True)
    assert ranks[0] == "00004051:000000001110:1110"
    assert units[0].params == {"term": "4051", "campus": "1110"}


def test_it_takes_the_terms_of_the_settings_as_given() -> None:
    planned = STUDENTS.plan(reference("7", terms=("3991", "4991")))
    assert names(planned) == ["4991/7", "3991/7"]


def test_it_plans_nothing_without_campuses() -> None:
    assert STUDENTS.plan(reference()) == []


def test_it_crosses_chosen_campuses_with_chosen_terms() -> None:
    choice = Choice(campuses=("5", "77", "5"), terms=("4021", "۴۰۳۱"))
    units = STUDENTS.named_units(reference("1"), choice)
    assert names(units) == ["4031/77", "4031/5", "4021/77", "4021/5"]


def test_it_takes_the_other_side_from_the_plan_when_one_is_chosen() -> None:
    known = reference("1", "2")
    assert names(STUDENTS.named_units(known, Choice(terms=("4041",)))) == ["4041/2", "4041/1"]
    assert len(STUDENTS.named_units(known, Choice(campuses=("9",)))) == 4


@pytest.mark.parametrize("choice", [Choice(campuses=("a1",)), Choice(terms=("404",))])
def test_it_refuses_codes_that_cannot_be(choice: Choice) -> None:
    with pytest.raises(ConfigError):
        STUDENTS.named_units(reference("1"), choice)


def test_it_calls_the_current_and_the_previous_term_recent() -> None:
    known = reference("1")
    recent = [unit.name for unit in STUDENTS.plan(known) if STUDENTS.recent(known, unit)]
    assert recent == ["4051/1", "4043/1"]


NO_KEYS: list[Any] = [
    "",
    "  ",
    "\u200c",
    None,
    True,
    False,
    [],
    {},
    -1,
    -1.0,
    1.5,
    float("nan"),
    float("inf"),
]


@pytest.mark.parametrize("value", [*NO_KEYS, "-12", "9" * 65, "9" * 2_000_000, 10**400])
def test_it_finds_no_key_in(value: Any) -> None:
    assert national_code(value) is None
    assert student_number(value) is None


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ("0012345678", "0012345678"),
        ("12345678", "0012345678"),
        (12345678, "0012345678"),
        (12345678.0, "0012345678"),
        (" ۰۰۱۲۳۴۵۶۷۸\u200f", "0012345678"),
        ("٠٠١٢٣٤٥٦٧٨", "0012345678"),
        ("A-123", "A-123"),
        ("12345678901", "12345678901"),
    ],
)
def test_it_makes_a_national_code_canonical(value: Any, key: str) -> None:
    assert national_code(value) == key


@pytest.mark.parametrize(
    ("value", "key"), [("۴۰۱۲۳", "40123"), (" 0401 ", "0401"), (40123, "40123"), (40123.0, "40123")]
)
def test_it_never_pads_a_student_number(value: Any, key: str) -> None:
    assert student_number(value) == key


class Text(str):
    """A text all the same."""


@pytest.mark.parametrize("key", ["1", "0" * 64, Text("0012345678"), "²³", "۰۰۱۲۳۴۵۶۷۸", "12345 "])
def test_it_finds_the_same_key_the_fast_way(key: str) -> None:
    assert student_number(key) == keys._text(key)
    padded = keys._text(key)
    assert padded is not None
    assert national_code(key) == (padded.zfill(10) if padded.isascii() else padded)


def province_code(scope: Any, known: Reference) -> Any:
    derive = next(c.derive for c in FACULTY.columns if c.name == "province_code")
    assert derive is not None
    return derive(scope, known)


@pytest.mark.parametrize(
    ("scope", "code"),
    [
        ("سازمان استان تهران", 1),
        ("آذربايجان شرقي", 2),
        ("پردیس‌های خراسان رضوی", 3),
        ("خراسان شمالی", 4),
        ("كر\u200cمان", 5),
        ("ستاد", None),
        ("", None),
        (None, None),
        (17, None),
        (True, None),
        (["تهران"], None),
        ({"a": "تهران"}, None),
    ],
)
def test_it_derives_the_province_with_the_longest_name(scope: Any, code: int | None) -> None:
    assert province_code(scope, reference()) == code


def test_it_derives_no_province_of_another_table() -> None:
    assert province_code("تهران", reference()) == 1
    other = replace(reference(), provinces={"تهران": 99, "": 7})
    assert province_code("تهران", other) == 99
    assert province_code("ستاد", other) is None


ONE = Page(b'[{"id": 1}]')


class Recorded:
    """Answers every first page with one record, and keeps what was asked."""

    page_size = 50

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def pages(self, path: str, body_of: Callable[[int], dict[str, Any]]) -> Callable[[int], Answer]:
        def ask(number: int) -> Answer:
            self.asked.append((path, body_of(number)))
            return Answer(ONE, 1)

        return ask


def test_it_asks_for_faculty_as_the_gateway_wants_it() -> None:
    gateway = Recorded()
    unit = FACULTY.plan(reference())[0]
    assert list(FACULTY.fetch(gateway, unit)) == [ONE]
    assert gateway.asked == [("/API/Golestan/Faculty", {"pageNumber": 1, "pageSize": 50})]


def test_it_asks_for_students_as_the_gateway_wants_it() -> None:
    gateway = Recorded()
    unit = STUDENTS.plan(reference("1110"))[0]
    assert list(STUDENTS.fetch(gateway, unit)) == [ONE]
    wanted = {
        "codePardis": "1110",
        "term": "4051",
        "paging": {"pageNumber": 1, "pageSize": 50},
        "Filter": {},
    }
    assert gateway.asked == [("/API/Golestan/Students_2", wanted)]


@pytest.mark.parametrize(
    "checks",
    [
        (Check("nothing", ("name",)),),
        (Check("mobile", ("nobody",)),),
        (Check("mobile", ()),),
        (Check("mobile", ("mobile",)), Check("mobile", ("email",))),
        (Check("no_key", ("nationalcode",)),),
    ],
)
def test_it_refuses_a_check_of_what_is_not_there(checks: tuple[Check, ...]) -> None:
    with pytest.raises(ConfigError, match="checks for a rule or a column"):
        replace(FACULTY, quality=checks)
