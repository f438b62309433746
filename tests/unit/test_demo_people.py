"""The demo world: repeatable, lawful, and with the flaws that its docstring promises."""

import time
from collections import Counter, defaultdict
from dataclasses import replace
from functools import cache

import pytest

from fetch_data.demo.draws import national_code
from fetch_data.demo.faculty import code_of
from fetch_data.demo.names import CITIES, FAMILIES, MEN, PROVINCES, WOMEN
from fetch_data.demo.people import Record, World, count_of, world_of_records

FLAWED = World(faculty=1_000, students=1_500, campus_count=8)
CLEAN = replace(FLAWED, flaws=False)

STUDENT_FIELDS = """
    studentnum firstname familyname firstnameeng familynameeng fathername birthdate birthplace
    city address phonenum email sex codvaziayat vazeiyat course course_name grade gradname
    degsdate last_degree uniname sub_uniname sub_num provinceCode code_Markaz province term
"""
FACULTY_FIELDS = """
    id professorCode code name family mobile email city nationalcode personelid field scope
    scope_ID code_Markaz markaz sex employ_state employtype employtype_title estekhdamtype
    estekhdamtype_title
"""

Units = dict[tuple[str, str], list[Record]]


@cache
def units_of(world: World) -> Units:
    return {
        (term, campus.code): world.student_records(campus.code, term)
        for term in world.terms()
        for campus in world.campuses
    }


def every_student_record(world: World) -> list[Record]:
    return [record for records in units_of(world).values() for record in records]


def is_valid_code(code: str) -> bool:
    return len(code) == 10 and national_code(int(code[:9])) == code


def test_it_gives_the_same_people_for_the_same_seed() -> None:
    again = replace(FLAWED)
    assert again.faculty_records() == FLAWED.faculty_records()
    assert again.student_records("1110", "4041") == FLAWED.student_records("1110", "4041")


def test_it_gives_other_people_for_another_seed() -> None:
    other = replace(FLAWED, seed=2)
    assert other.faculty_records()[0] != FLAWED.faculty_records()[0]
    assert other.student_records("1110", "4041") != FLAWED.student_records("1110", "4041")


def test_it_sends_the_fields_of_the_contract_in_their_order() -> None:
    assert all(list(record) == FACULTY_FIELDS.split() for record in FLAWED.faculty_records())
    assert all(list(record) == STUDENT_FIELDS.split() for record in every_student_record(FLAWED))


def test_it_reports_as_many_students_as_asked_when_they_all_began_in_the_plan() -> None:
    seen = set()
    for year in range(FLAWED.first_year - 3, 1411):
        for campus in FLAWED.campuses:
            for half in "12":
                for record in CLEAN.student_records(campus.code, f"{year % 1000}{half}"):
                    if int(record["studentnum"][:3]) <= 405:
                        seen.add(record["studentnum"])
    assert len(seen) == CLEAN.students


def test_it_sends_a_student_once_a_unit_and_never_before_his_entrance() -> None:
    for (term, _), records in units_of(CLEAN).items():
        numbers = [record["studentnum"] for record in records]
        assert len(numbers) == len(set(numbers))
        assert all(number[:3] <= term[:3] for number in numbers)


def test_it_changes_only_campus_status_and_term_of_a_person_when_terms_pass() -> None:
    moving = {"codvaziayat", "vazeiyat", "term", "sub_uniname", "sub_num"}
    moving |= {"provinceCode", "province", "code_Markaz"}
    first: dict[str, Record] = {}
    for record in every_student_record(CLEAN):
        same = {name: value for name, value in record.items() if name not in moving}
        assert first.setdefault(record["studentnum"], same) == same


def test_it_ends_every_stay_that_is_over_with_a_last_word() -> None:
    last: dict[str, Record] = {}
    for record in every_student_record(CLEAN):
        last[record["studentnum"]] = record
    gone = [record for record in last.values() if record["term"] < "4043"]
    assert gone
    assert {record["codvaziayat"] for record in gone} == {3, 4}


def test_it_moves_some_to_the_next_campus_and_reports_some_twice_in_that_term() -> None:
    places: dict[tuple[str, str], set[str]] = defaultdict(set)
    for (term, campus), records in units_of(CLEAN).items():
        for record in records:
            places[record["studentnum"], term].add(campus)
    campuses: dict[str, set[str]] = defaultdict(set)
    for (number, _), where in places.items():
        campuses[number] |= where
    assert any(len(where) == 2 for where in campuses.values())
    assert any(len(where) == 2 for where in places.values())
    assert max(len(where) for where in campuses.values()) == 2


def test_it_has_no_one_to_move_when_there_is_one_campus() -> None:
    world = replace(CLEAN, campus_count=1)
    for term in world.terms():
        numbers = [record["studentnum"] for record in world.student_records("1110", term)]
        assert len(numbers) == len(set(numbers))


def test_it_answers_nothing_when_campus_or_term_is_unknown() -> None:
    unknown = ("4044", "40", "", "۴۰۴۱", "3901", "9991", "-401")
    assert [FLAWED.student_records("1110", term) for term in unknown] == [[]] * len(unknown)
    assert FLAWED.student_records("9999", "4041") == []


def test_it_answers_coming_terms_when_they_are_asked_for() -> None:
    assert FLAWED.student_records("1110", "4061")


def test_it_lists_the_terms_of_the_plan() -> None:
    assert World(first_year=1404).terms() == ("4041", "4042", "4043", "4051")
    assert World(first_year=1404).terms("4042") == ("4041", "4042")


def test_it_is_clean_when_flaws_are_off() -> None:
    faculty, students = CLEAN.faculty_records(), every_student_record(CLEAN)
    assert len(faculty) == CLEAN.faculty
    assert all(is_valid_code(record["nationalcode"]) for record in faculty)
    assert len({record["nationalcode"] for record in faculty}) == CLEAN.faculty
    assert len({record["personelid"] for record in faculty}) == CLEAN.faculty
    assert not any(None in record.values() for record in [*faculty, *students])
    assert not any("ي" in str(record) or "ك" in str(record) for record in [*faculty, *students])
    assert all(isinstance(record["studentnum"], str) for record in students)
    for (term, _), records in units_of(CLEAN).items():
        assert all(record["term"] == term for record in records)


def test_it_sends_flawed_national_codes_in_the_promised_measure() -> None:
    codes = [record["nationalcode"] for record in FLAWED.faculty_records()[: FLAWED.faculty]]
    texts = [code for code in codes if isinstance(code, str) and code.isascii()]
    assert codes.count(None) == 5
    assert sum(not is_valid_code(code.strip()) for code in texts) == 10
    assert any(isinstance(code, int) and code < 10**9 for code in codes)
    assert any(code != code.strip() for code in texts)
    assert any(isinstance(code, str) and not code.isascii() for code in codes)
    assert any(code.startswith("0") for code in texts)


def test_it_shows_the_other_promised_flaws_of_faculty() -> None:
    records = FLAWED.faculty_records()
    people = {record["id"]: record for record in records}
    assert len(records) > len(people) == FLAWED.faculty
    shared = Counter(record["personelid"] for record in people.values())
    assert max(shared.values()) == 2
    assert any("ي" in (record["scope"] or "") for record in records)
    assert any((record["scope"] or "").endswith("\u200c") for record in records)
    assert any(record["scope"] is None for record in records)
    assert any(isinstance(record["mobile"], int) for record in records)


def test_it_shows_the_promised_flaws_of_students() -> None:
    records = every_student_record(FLAWED)
    assert any("ي" in record["familyname"] for record in records)
    assert any(record["address"] is None for record in records)
    assert any(isinstance(record["course"], int) for record in records)
    assert any(isinstance(record["studentnum"], int) for record in records)
    assert any(records[0] == records[-1] for records in units_of(FLAWED).values() if records[1:])
    terms = Counter(
        "right" if record["term"] == term else record["term"] or "empty"
        for (term, _), records in units_of(FLAWED).items()
        for record in records
    )
    assert terms["empty"]
    assert len(terms) > 2
    assert terms["right"] > 0.97 * terms.total()


@pytest.mark.parametrize("revision", [1, 2, 101, 250])
def test_it_changes_one_in_a_hundred_when_the_revision_grows(revision: int) -> None:
    before, after = replace(CLEAN, revision=revision - 1), replace(CLEAN, revision=revision)
    faculty = zip(before.faculty_records(), after.faculty_records(), strict=True)
    assert sum(old != new for old, new in faculty) == 10
    current = [
        (old, new)
        for campus in CLEAN.campuses
        for old, new in zip(
            before.student_records(campus.code, CLEAN.last_term),
            after.student_records(campus.code, CLEAN.last_term),
            strict=True,
        )
    ]
    changed = [(old, new) for old, new in current if old != new]
    assert 0 < len(changed) <= 0.03 * len(current)
    assert all(old["phonenum"] != new["phonenum"] for old, new in changed)


def test_it_leaves_past_terms_alone_when_the_revision_grows() -> None:
    after = replace(CLEAN, revision=7)
    assert after.student_records("1110", "4043") == CLEAN.student_records("1110", "4043")


def test_it_no_longer_reports_those_who_are_withdrawn() -> None:
    records = CLEAN.student_records("1110", "4051")
    gone = frozenset({records[0]["studentnum"]})
    world = replace(CLEAN, withdrawn_students=gone)
    assert world.student_records("1110", "4051") == records[1:]
    assert not gone & {record["studentnum"] for record in every_student_record(world)}


def test_it_reports_them_in_other_terms_when_they_are_withdrawn_from_one() -> None:
    gone = frozenset({CLEAN.student_records("1110", "4042")[0]["studentnum"]})
    world = replace(CLEAN, withdrawn_students=gone, withdrawn_terms=frozenset({"4042"}))
    assert len(world.student_records("1110", "4042")) + 1 == len(
        CLEAN.student_records("1110", "4042")
    )
    for term in ("4041", "4051"):
        assert world.student_records("1110", term) == CLEAN.student_records("1110", term)


def test_it_withdraws_faculty_by_the_canonical_code_however_it_is_sent() -> None:
    numbers = [
        index
        for index, record in enumerate(FLAWED.faculty_records()[: FLAWED.faculty])
        if isinstance(record["nationalcode"], int)
    ]
    code = code_of(FLAWED.seed, numbers[0])
    world = replace(FLAWED, withdrawn_faculty=frozenset({code}))
    ids = {record["id"] for record in world.faculty_records()}
    assert len(ids) == FLAWED.faculty - 1
    assert FLAWED.faculty_records()[numbers[0]]["id"] not in ids


@pytest.mark.parametrize("records", [12, 5_000, 30_000])
def test_it_comes_close_to_the_number_of_records_asked_for(records: int) -> None:
    world = world_of_records(records, World(flaws=False, campus_count=8))
    reported = len(every_student_record(world))
    assert abs(reported - records) <= max(15, 0.1 * records)


def test_it_is_ready_at_once_when_a_million_records_are_asked_for() -> None:
    started = time.process_time()
    world = world_of_records(1_000_000, World())
    unit = world.student_records("1110", "4051")
    assert time.process_time() - started < 2
    assert len(unit) > 500


@pytest.mark.parametrize("size", [0, 1, 2])
def test_it_works_when_there_is_almost_nobody(size: int) -> None:
    world = World(faculty=size, students=size)
    assert len(world.faculty_records()) == size
    assert len({record["studentnum"] for record in every_student_record(world)}) <= size


def test_it_knows_the_check_digit() -> None:
    assert national_code(123456789) == "1234567891"
    assert national_code(1) == "0000000019"


def test_it_counts_terms_without_a_gap() -> None:
    assert [count_of(term) - count_of("4043") for term in ("4043", "4051", "4052")] == [0, 1, 2]


def test_it_has_all_provinces_and_lists_without_repeats() -> None:
    assert len(set(PROVINCES)) == len(set(CITIES)) == 31
    for names in (MEN, WOMEN, FAMILIES):
        assert len(set(names)) == len(names)
    assert len({campus.code for campus in World(campus_count=800).campuses}) == 800
