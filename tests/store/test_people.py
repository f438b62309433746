"""Rows of a source, page by page: their order, and what a search finds; all masked."""

from dataclasses import replace

import pytest
from sqlalchemy import update

from sync_core.access.permissions import ANONYMOUS
from sync_core.base.errors import ConfigError, Denied
from sync_core.base.settings import load
from sync_core.engine.source import Source
from sync_core.inspect import people
from sync_core.inspect.masking import DOTS
from sync_core.inspect.people import (
    ALL,
    MISSING_ONLY,
    PER_PAGE,
    REPORTED,
    PeopleFilter,
    PeoplePage,
)
from sync_core.store import data
from sync_core.store.engines import Databases
from tests import seed


def page_of(
    databases: Databases, source: Source, which: str = ALL, number: int = 1, text: str = ""
) -> PeoplePage:
    wanted = PeopleFilter(which, text)
    return people.people_page(load(), databases, seed.VISITOR, source, wanted, number)


def found(databases: Databases, source: Source, text: str) -> list[str]:
    """What the key's column shows of the rows that the text finds."""
    page = page_of(databases, source, text=text)
    assert page.found == len(page.rows)
    return [row[source.key] for row in page.rows]


def test_it_pages_in_the_order_of_an_open_key_without_gap_or_repeat(
    databases: Databases, students: Source
) -> None:
    seed.add_students(databases, 2 * PER_PAGE + 7)

    pages = [page_of(databases, students, number=number) for number in (1, 2, 3, 4)]
    keys = [row["studentnum"] for page in pages for row in page.rows]

    assert [len(page.rows) for page in pages] == [PER_PAGE, PER_PAGE, 7, 0]
    assert keys == sorted(set(keys))


def test_it_tells_reported_from_no_longer_reported(databases: Databases, students: Source) -> None:
    seed.add_students(databases, 12, missing=5)

    count = people.count_people(databases, seed.VISITOR, students)
    missing = page_of(databases, students, MISSING_ONLY).rows
    reported = page_of(databases, students, REPORTED).rows

    assert (count.of(ALL), count.of(REPORTED), count.of(MISSING_ONLY)) == (12, 7, 5)
    assert len(missing) == 5
    assert all(row["missing_since"] is not None for row in missing)
    assert len(reported) == 7


def test_it_sorts_by_name_where_the_key_is_personal(databases: Databases, faculty: Source) -> None:
    seed.add_faculty(databases, PER_PAGE + 9)

    pages = [page_of(databases, faculty, number=number) for number in (1, 2, 3)]
    shown = [(row["family"], row["name"], row["id"]) for page in pages for row in page.rows]

    assert [len(page.rows) for page in pages] == [PER_PAGE, 9, 0]
    assert len({ref for page in pages for ref in page.refs}) == PER_PAGE + 9
    families = list(dict.fromkeys(family for family, _, _ in shown))
    assert sorted(families) == sorted(set(seed.FAMILIES))  # each family stands in one place
    assert len({row[2] for row in shown}) == PER_PAGE + 9


def test_a_personal_key_orders_nothing_when_all_have_one_name(
    databases: Databases, faculty: Source
) -> None:
    """Whatever the codes are, the rows stand as what is shown of them says."""
    seed.add_faculty(databases, 9, name="آرمان", family="آزمایشی")
    with databases.data.write() as session:
        for number in range(9):
            session.execute(
                update(data.faculty).where(data.faculty.c.id == number + 1).values(id=100 - number)
            )

    shown = page_of(databases, faculty).rows

    assert [row["id"] for row in shown] == list(range(92, 101))
    assert [row["nationalcode"][-2:] for row in shown][:3] == ["57", "50", "43"]


def test_rows_without_a_name_stand_last(databases: Databases, faculty: Source) -> None:
    seed.add_faculty(databases, 3)
    with databases.data.write() as session:
        nameless = {"family": None, "name": None}
        session.execute(update(data.faculty).where(data.faculty.c.id == 1).values(nameless))

    assert page_of(databases, faculty).rows[-1]["id"] == 1


def test_no_personal_value_leaves_the_core(databases: Databases, faculty: Source) -> None:
    seed.add_faculty(databases, 3)

    page = page_of(databases, faculty)

    assert page.personal >= {"nationalcode", "mobile", "email"}
    assert {row["nationalcode"] for row in page.rows} == {
        f"{DOTS}001",
        f"{DOTS}008",
        f"{DOTS}015",
    }
    assert {row["mobile"] for row in page.rows} == {row["email"] for row in page.rows} == {DOTS}
    assert {row["name"] for row in page.rows} == set(seed.NAMES[:3])


@pytest.mark.parametrize("text", ["بهاره", "هار", "بهاره آزما", "آزمایشی بهاره", "  بهاره  "])
def test_it_finds_a_part_of_a_name(databases: Databases, faculty: Source, text: str) -> None:
    seed.add_faculty(databases, 5)

    assert found(databases, faculty, text) == [f"{DOTS}008"]


@pytest.mark.parametrize("text", ["علی ملکی", "علي ملكي", "عل\u200cی", "مل\u0640\u0640کی"])
def test_it_finds_a_name_however_its_letters_are_written(
    databases: Databases, faculty: Source, text: str
) -> None:
    seed.add_faculty(databases, 1, name="علي", family="ملكی")

    assert len(found(databases, faculty, text)) == 1


@pytest.mark.parametrize("text", ["فرضی‌نژاد", "فرضی نژاد", "فرضینژاد"])
def test_it_finds_a_name_whatever_became_of_its_half_space(
    databases: Databases, faculty: Source, text: str
) -> None:
    seed.add_faculty(databases, 5)

    assert len(found(databases, faculty, text)) == 1


@pytest.mark.parametrize("text", ["%", "_", "\\", "/", "100%", "a_c", "\\%", "'", '"', "--", "*"])
def test_it_takes_signs_as_they_are(databases: Databases, faculty: Source, text: str) -> None:
    seed.add_faculty(databases, 3)
    assert found(databases, faculty, text) == []

    with databases.data.write() as session:
        named = {"name": f"x{text}y"}
        session.execute(update(data.faculty).where(data.faculty.c.id == 2).values(named))

    assert found(databases, faculty, text) == [f"{DOTS}008"]


@pytest.mark.parametrize(
    "text",
    [
        *("0000000008", "8", "۰۰۰۰۰۰۰۰۰۸", "٠٠٠٠٠٠٠٠٠٨", " 0000000008 "),
        *("09000000001", "۰۹۰۰۰۰۰۰۰۰۱", "person1@example.ac.ir"),
    ],
)
def test_it_finds_who_has_the_whole_personal_value(
    databases: Databases, faculty: Source, text: str
) -> None:
    seed.add_faculty(databases, 3)

    assert found(databases, faculty, text) == [f"{DOTS}008"]


def test_it_finds_a_value_that_was_sent_in_other_digits(
    databases: Databases, faculty: Source
) -> None:
    seed.add_faculty(databases, 1, mobile="۰۹۰۰۰۰۰۰۰۰۱")

    assert len(found(databases, faculty, "09000000001")) == 1


@pytest.mark.parametrize(
    "text", ["000000000", "00000000", "0900000000", "900000000", "person1", "@example.ac.ir", "0%"]
)
def test_it_finds_nobody_by_a_part_of_a_personal_value(
    databases: Databases, faculty: Source, text: str
) -> None:
    seed.add_faculty(databases, 3)

    assert found(databases, faculty, text) == []


def test_it_finds_a_student_by_the_whole_number_alone(
    databases: Databases, students: Source
) -> None:
    seed.add_students(databases, 12)

    assert found(databases, students, "4010000007") == ["4010000007"]
    assert found(databases, students, "۴۰۱۰۰۰۰۰۰۷") == ["4010000007"]
    assert found(databases, students, "401000000") == []
    assert found(databases, students, "خیابان نمونه") == []
    assert len(found(databases, students, "خیابان نمونه، پلاک 1")) == 12


def test_it_counts_what_it_finds_on_every_page(databases: Databases, students: Source) -> None:
    seed.add_students(databases, 5 * (PER_PAGE + 10), missing=100)

    pages = [page_of(databases, students, REPORTED, n, "آزمایشی") for n in (1, 2, 3)]

    everybody = page_of(databases, students, ALL, 1, "آزمایشی")
    assert everybody.found == PER_PAGE + 10
    assert {page.found for page in pages} == {40}
    assert [len(page.rows) for page in pages] == [40, 0, 0]
    assert len(page_of(databases, students, ALL, 2, "آزمایشی").rows) == 10


@pytest.mark.parametrize("text", ["", "   ", "\u200c", "\0", "\ud800"])
def test_it_looks_for_nothing_where_nothing_was_written(
    databases: Databases, students: Source, text: str
) -> None:
    seed.add_students(databases, 3)

    page = page_of(databases, students, text=text)

    assert (len(page.rows), page.found) == (3, None)


@pytest.mark.parametrize("text", ["ا\0ب", "\ud800ا", "ا" * 5_000, "ا " * 5_000, "\u0640"])
def test_it_bears_any_text(databases: Databases, students: Source, text: str) -> None:
    seed.add_students(databases, 3)

    page = page_of(databases, students, text=text)

    assert page.found == len(page.rows)


def test_it_cuts_a_long_text(databases: Databases, faculty: Source) -> None:
    seed.add_faculty(databases, 1, name="ا" * 100)

    assert len(found(databases, faculty, "ا" * 100 + "ب")) == 1


def test_it_shows_nobody_to_a_stranger(databases: Databases, faculty: Source) -> None:
    with pytest.raises(Denied):
        people.people_page(load(), databases, ANONYMOUS, faculty, PeopleFilter(), 1)


@pytest.mark.parametrize("names", [("nationalcode",), ("mobile",), ("nobody",)])
def test_a_source_cannot_name_people_by_what_is_personal(
    faculty: Source, names: tuple[str, ...]
) -> None:
    with pytest.raises(ConfigError, match="names people"):
        replace(faculty, names=names)


def test_a_source_without_names_is_listed_and_searched_by_whole_values(
    databases: Databases, faculty: Source
) -> None:
    seed.add_faculty(databases, 3)
    nameless = replace(faculty, names=())

    assert [row["id"] for row in page_of(databases, nameless).rows] == [1, 2, 3]
    assert found(databases, nameless, "بهاره") == []
    assert found(databases, nameless, "0000000008") == [f"{DOTS}008"]


def test_every_contact_column_of_both_sources_is_personal(
    faculty: Source, students: Source
) -> None:
    """A guard against a declaration that forgets one."""
    contact = {"mobile", "email", "nationalcode", "phonenum", "address", "birthdate"}
    open_columns = {
        column.name
        for source in (faculty, students)
        for column in source.columns
        if not column.personal
    }
    assert not contact & open_columns
