"""The demo world: repeatable, lawful, with the flaws that its docstring promises; and its cache."""

import time
from collections import Counter, defaultdict
from dataclasses import fields, replace
from functools import cache
from hashlib import sha256
from typing import Any

import orjson
import pytest

from fetch_data.demo.control import Control
from fetch_data.demo.draws import national_code
from fetch_data.demo.faculty import code_of
from fetch_data.demo.names import CITIES, FAMILIES, MEN, PROVINCES, WOMEN
from fetch_data.demo.pages import FACULTY, Pages, page_body
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


SMALL = World(faculty=200, students=900, campus_count=4)
EARLY = frozenset(f"40{y}00{c}0000{p}" for y in range(6) for c in (1, 2) for p in range(1, 9))


@pytest.mark.parametrize(
    ("change", "digest"),
    [
        ({}, "88bc2701887cb160"),
        ({"flaws": False}, "2d5f3a596e27d129"),
        ({"seed": 7}, "16d46776d1494df8"),
        ({"revision": 1}, "13944348ccb6513c"),
        ({"revision": 250}, "238e3887470768a3"),
        ({"campus_count": 1}, "763b715f5a1bef36"),
        ({"campus_count": 70, "first_year": 1404}, "c49832cf66eb4495"),
        ({"first_year": 1310, "last_term": "3132"}, "c2b1af7fed70b925"),
        (
            {"withdrawn_students": EARLY, "withdrawn_terms": frozenset({"4041", "4033"})},
            "59960fe350e0a73f",
        ),
    ],
)
def test_it_gives_the_same_bytes_as_ever(change: dict[str, Any], digest: str) -> None:
    world = replace(SMALL, **change)
    coming = f"{int(world.last_term[:3]) + 1}2"
    units = [(campus.code, term) for term in world.terms(coming) for campus in world.campuses]
    students = (record for unit in units for record in world.student_records(*unit))
    encoded = map(orjson.dumps, [*world.faculty_records(), *students])
    assert sha256(b"\n".join(encoded)).hexdigest()[:16] == digest


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


def test_it_changes_the_same_people_in_every_term_when_the_revision_is_spread() -> None:
    revised, spread = replace(FLAWED, revision=107), replace(FLAWED, spread_revision=107)
    assert spread.faculty_records() == revised.faculty_records()
    for term in ("4051", "4052"):
        for campus in FLAWED.campuses:
            unit = (campus.code, term)
            assert spread.student_records(*unit) == revised.student_records(*unit)


def test_it_changes_one_record_of_a_hundred_when_the_spread_revision_grows() -> None:
    before, after = units_of(CLEAN), units_of(replace(CLEAN, spread_revision=1))
    changed, touched = Counter[str](), set()
    for (term, campus), records in before.items():
        for old, new in zip(records, after[term, campus], strict=True):
            if old != new:
                changed[term] += 1
                differing = {name for name in old if old[name] != new[name]}
                assert {"phonenum"} <= differing <= {"phonenum", "codvaziayat", "vazeiyat"}
                touched.add(old["studentnum"])
    assert set(changed) == set(CLEAN.terms())
    assert 0.005 < changed.total() / len(every_student_record(CLEAN)) < 0.015
    for (term, campus), records in before.items():
        for old, new in zip(records, after[term, campus], strict=True):
            assert (old != new) == (old["studentnum"] in touched)


CHANGES: dict[str, Any] = {
    "seed": 5,
    "faculty": 210,
    "students": 950,
    "campus_count": 5,
    "first_year": 1399,
    "last_term": "4043",
    "flaws": False,
    "revision": 130,
    "spread_revision": 3,
    "withdrawn_students": EARLY,
    "withdrawn_terms": frozenset({"4041"}),
    "withdrawn_faculty": frozenset(code_of(SMALL.seed, index) for index in range(5)),
}


def test_it_tries_a_change_of_everything_that_a_world_has() -> None:
    assert list(CHANGES) == [each.name for each in fields(World)]


def computed(world: World, campus: str, term: str) -> bytes:
    whole = (campus, term) == FACULTY
    records = world.faculty_records() if whole else world.student_records(campus, term)
    return b'{"data":[' + b",".join(map(orjson.dumps, records)) + b"]}"


def kept(pages: Pages, campus: str, term: str) -> bytes:
    return b"".join(page_body(pages.unit(campus, term), 1, 10**9, total_pages=False))


def keys_of(world: World) -> list[tuple[str, str]]:
    units = [(c.code, term) for term in world.terms("4052") for c in world.campuses]
    return [FACULTY, *units, ("9999", "4041"), ("1110", "40")]


@pytest.mark.parametrize("first", [{}, {"revision": 101, "withdrawn_students": EARLY}])
@pytest.mark.parametrize("name", CHANGES)
def test_it_answers_from_its_cache_what_it_would_compute_after_a_change(
    name: str, first: dict[str, Any]
) -> None:
    base = replace(SMALL, **first)
    control = Control(base)
    pages = Pages(control, 10**9)
    for world in (base, replace(base, **{name: CHANGES[name]}), SMALL, base):
        control.world = world
        for key in keys_of(world):
            assert kept(pages, *key) == computed(world, *key)


def test_it_answers_from_its_cache_what_it_would_compute_as_revisions_come_and_go() -> None:
    control = Control(SMALL)
    pages = Pages(control, 10**9)
    for revision, spread in ((0, 1), (2, 1), (0, 2), (250, 0), (3, 120), (0, 0)):
        control.world = replace(SMALL, revision=revision, spread_revision=spread)
        for key in keys_of(SMALL):
            assert kept(pages, *key) == computed(control.world, *key)


def recomputed(world: World, other: World) -> set[tuple[str, str]]:
    """The units whose cached records do not serve when one world becomes the other."""
    control = Control(world)
    pages = Pages(control, 10**9)
    before = {key: pages.unit(*key) for key in keys_of(world)}
    control.world = other
    return {key for key, records in before.items() if pages.unit(*key) is not records}


def test_it_keeps_what_a_change_does_not_touch() -> None:
    current = {(c.code, term) for term in ("4051", "4052") for c in SMALL.campuses}
    assert recomputed(SMALL, replace(SMALL, revision=1)) == {FACULTY, *current}
    gone = replace(SMALL, withdrawn_faculty=CHANGES["withdrawn_faculty"])
    assert {FACULTY} == recomputed(SMALL, gone) - {("9999", "4041"), ("1110", "40")}
    one = replace(SMALL, withdrawn_students=frozenset({"40200100001"}))
    touched = recomputed(SMALL, one)
    assert {campus for campus, _ in touched} == {"1110", "1120"}
    assert min(term for _, term in touched) == "4021"
    in_one_term = replace(one, withdrawn_terms=frozenset({"4031"}))
    assert recomputed(SMALL, in_one_term) == {("1110", "4031"), ("1120", "4031")}


def test_it_computes_only_the_records_that_a_spread_revision_touches(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    units = units_of(CLEAN)  # before it counts, for it computes them, too
    control = Control(CLEAN)
    pages = Pages(control, 10**9)
    pages.warm()
    computed: list[str] = []
    record = World.record

    def counting(world: World, unit: Any, seat: Any) -> Record:
        computed.append(seat.studentnum)
        return record(world, unit, seat)

    monkeypatch.setattr(World, "record", counting)
    control.world = replace(CLEAN, spread_revision=1)
    for term, campus in units:
        pages.unit(campus, term)
    assert 0 < len(computed) < 0.015 * sum(map(len, units.values()))


def test_it_keeps_no_more_than_it_may() -> None:
    control = Control(SMALL)
    every = Pages(control, 10**9)
    assert every.warm() == 1 + len(SMALL.terms()) * SMALL.campus_count
    size = sum(every.unit(*key).size for key in [FACULTY, *keys_of(SMALL)[1:17]])
    few = Pages(control, size)
    assert few.warm() == 17
    before = few.unit(*FACULTY)
    assert few.warm() == 17
    assert few.unit(*FACULTY) is before
    for key in keys_of(SMALL):
        assert kept(few, *key) == computed(SMALL, *key)
    assert few._bytes <= size
    assert few._bytes == sum(encoded.size for _, encoded in few._kept.values())


@pytest.mark.parametrize("spread", [0, 7, 150])
def test_it_cuts_pages_of_any_size(spread: int) -> None:
    control = Control(replace(SMALL, spread_revision=spread))
    records = list(map(orjson.dumps, control.world.student_records("1120", "4041")))
    unit = Pages(control, 10**9).unit("1120", "4041")
    for size in (1, 7, len(records) - 1, len(records), len(records) + 1):
        last = -(-len(records) // size)
        for number in range(1, last + 2):
            data = b",".join(records[(number - 1) * size : number * size])
            body = b'{"data":[%s],"totalPages":%d}' % (data, last)
            assert b"".join(page_body(unit, number, size, total_pages=True)) == body


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
    assert len(MEN) == len(WOMEN)
    assert len({campus.code for campus in World(campus_count=800).campuses}) == 800
