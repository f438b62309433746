"""Rows of a source, page by page, with what is personal masked."""

from collections.abc import Iterator

import pytest

from sync_core.base.settings import load
from sync_core.engine.source import Source, find_source
from sync_core.inspect import people
from sync_core.inspect.people import ALL, DOTS, MISSING_ONLY, PER_PAGE, REPORTED
from sync_core.store.engines import Databases
from tests import seed


@pytest.fixture
def databases() -> Iterator[Databases]:
    opened = seed.prepared(load())
    yield opened
    opened.dispose()


@pytest.fixture
def faculty() -> Source:
    return find_source(load(), "faculty")


@pytest.fixture
def students() -> Source:
    return find_source(load(), "students")


def test_it_pages_in_the_order_of_the_key_without_gap_or_repeat(
    databases: Databases, students: Source
) -> None:
    seed.add_students(databases, 2 * PER_PAGE + 7)

    pages = [people.people_page(databases, students, ALL, number) for number in (1, 2, 3, 4)]
    keys = [row["studentnum"] for page in pages for row in page.rows]

    assert [len(page.rows) for page in pages] == [PER_PAGE, PER_PAGE, 7, 0]
    assert keys == sorted(set(keys))


def test_it_tells_reported_from_no_longer_reported(databases: Databases, students: Source) -> None:
    seed.add_students(databases, 12, missing=5)

    count = people.count_people(databases, students)
    missing = people.people_page(databases, students, MISSING_ONLY, 1).rows
    reported = people.people_page(databases, students, REPORTED, 1).rows

    assert (count.of(ALL), count.of(REPORTED), count.of(MISSING_ONLY)) == (12, 7, 5)
    assert len(missing) == 5
    assert all(row["missing_since"] is not None for row in missing)
    assert len(reported) == 7


def test_no_personal_value_leaves_the_core(databases: Databases, faculty: Source) -> None:
    seed.add_faculty(databases, 3)

    page = people.people_page(databases, faculty, ALL, 1)

    assert page.personal >= {"nationalcode", "mobile", "email"}
    assert [row["nationalcode"] for row in page.rows] == [
        f"000{DOTS}01",
        f"000{DOTS}08",
        f"000{DOTS}15",
    ]
    assert {row["mobile"] for row in page.rows} == {row["email"] for row in page.rows} == {DOTS}
    assert page.rows[0]["name"] == seed.NAMES[0]


@pytest.mark.parametrize(
    ("value", "is_key", "shown"),
    [
        (None, False, None),
        ("", False, ""),
        ("09001234567", False, DOTS),
        (12, False, DOTS),
        ("0012345678", True, f"001{DOTS}78"),
        ("1234567", True, DOTS),
    ],
)
def test_a_mask_keeps_only_the_ends_of_a_long_key(
    value: object, is_key: bool, shown: object
) -> None:
    assert people.mask(value, is_key=is_key) == shown


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
