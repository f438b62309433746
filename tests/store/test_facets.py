"""Facets and sorted pages say what a look at every row says, and agree with each other."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import delete, update

from sync_core.access.permissions import ANONYMOUS
from sync_core.base.errors import ConfigError, Denied
from sync_core.base.settings import load
from sync_core.engine.source import Column, Source, find_source
from sync_core.inspect import facets
from sync_core.inspect.facets import facet_counts
from sync_core.inspect.people import (
    ALL,
    MISSING_ONLY,
    PER_PAGE,
    REPORTED,
    PeopleFilter,
    count_people,
    people_page,
)
from sync_core.inspect.people_filter import order_of, rows_of
from sync_core.store import people
from sync_core.store.data import faculty, students
from sync_core.store.engines import Databases
from tests import seed
from tests.store import merged

FILTERS = (
    PeopleFilter(),
    PeopleFilter(REPORTED),
    PeopleFilter(MISSING_ONLY),
    PeopleFilter(facets=(("sex", "1"),)),
    PeopleFilter(facets=(("sex", None),)),
    PeopleFilter(facets=(("sex", "1"), ("sex", "2"), ("term", "4051"))),
    PeopleFilter(REPORTED, facets=(("sex", "1"), ("vazeiyat", "انصراف"), ("term", "4041"))),
    PeopleFilter(facets=(("term", "nobody's"),)),
    PeopleFilter(facets=(("term", "' OR 1=1 --"), ("sex", "%"))),
    PeopleFilter(text="نمونه", facets=(("sex", "2"),)),
    PeopleFilter(facets=(("entrance_year", "400"), ("entrance_year", "401"), ("sex", "1"))),
    PeopleFilter(facets=(("entrance_year", "4%"),)),
    PeopleFilter(changed_in=2),
    PeopleFilter(changed_in=2, text="ا", facets=(("term", "4041"),)),
)
SORTS = (None, "familyname", "term", "province", "degsdate", "studentnum")


@pytest.fixture
def source() -> Source:
    return find_source(load(), "students")


@pytest.fixture
def filled(databases: Databases) -> Databases:
    rows = merged.some_students(230)
    merged.write(databases, 1, rows)
    merged.write(databases, 2, merged.some_students(230, seed=4)[:40])
    merged.miss(databases, 2, [row["studentnum"] for row in rows[100:125]])
    return databases


def fitting(databases: Databases, source: Source, which: PeopleFilter) -> list[dict[str, Any]]:
    """The rows that SQL selects, in its order."""
    names = [column.name for column in source.columns]
    with databases.data.read() as session:
        rows = rows_of(source, which)
        found = [row for piece in people.stream_rows(session, rows, names) for row in piece]
        assert people.count_rows(session, rows) == len(found)
    people_ = [dict(zip([*names, "missing_since"], row, strict=True)) for row in found]
    parts = source.parts.items()
    return [row | {name: row[of][:length] for name, (of, length) in parts} for row in people_]


def pages(databases: Databases, source: Source, which: PeopleFilter) -> list[str]:
    """The keys on all pages, one after the other."""
    keys: list[str] = []
    for number in range(1, 100):
        page = people_page(load(), databases, seed.VISITOR, source, which, number)
        keys += [row[source.key] for row in page.rows]
        if len(page.rows) < PER_PAGE:
            assert page.found in (None, len(keys))
            return keys
    raise AssertionError("The pages do not end.")


def without(which: PeopleFilter, column: str) -> PeopleFilter:
    left = tuple(facet for facet in which.facets if facet[0] != column)
    return PeopleFilter(which.which, which.text, left, which.changed_in)


@pytest.mark.parametrize("which", FILTERS, ids=str)
def test_each_facet_counts_who_fits_everything_but_itself(
    filled: Databases, source: Source, which: PeopleFilter
) -> None:
    counted = facet_counts(filled, seed.VISITOR, source, which)

    assert [facet.column for facet in counted] == list(source.facets)
    for facet in counted:
        among = fitting(filled, source, without(which, facet.column))
        expected = Counter(row[facet.column] or None for row in among)
        told = {value: count for value, count in facet.values if count}
        assert facet.total == len(among)
        assert told.items() <= expected.items()
        assert facet.others == sum(expected.values()) - sum(told.values())
        assert len(told) == min(len(expected), facets.MOST)


@pytest.mark.parametrize("which", FILTERS, ids=str)
def test_count_table_and_facets_agree(
    filled: Databases, source: Source, which: PeopleFilter
) -> None:
    total = len(fitting(filled, source, which))
    page = people_page(load(), filled, seed.VISITOR, source, which, 1)
    known = count_people(filled, seed.VISITOR, source).of(which.which)

    assert (known if page.found is None else page.found) == total
    for facet in facet_counts(filled, seed.VISITOR, source, which):
        chosen = {value for column, value in which.facets if column == facet.column}
        told = dict(facet.values)
        assert total == (sum(told[v] for v in chosen if v in told) if chosen else facet.total)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("sort", SORTS)
def test_pages_one_after_the_other_are_the_whole_order(
    filled: Databases, source: Source, sort: str | None, descending: bool
) -> None:
    for which in (FILTERS[0], FILTERS[3], PeopleFilter(REPORTED, "ا")):
        asked = replace(which, sort=sort, descending=descending)
        whole = [row["studentnum"] for row in fitting(filled, source, which)]
        rows = {row["studentnum"]: row for row in merged.table_of(filled)}
        by = sort or "studentnum"
        # What has no value stands last in both directions, and people alike by their numbers.
        some = sorted(whole)
        some.sort(key=lambda key: rows[key][by] or "", reverse=descending)
        expected = [k for k in some if rows[k][by]] + sorted(k for k in some if not rows[k][by])

        assert pages(filled, source, asked) == expected


def test_a_deep_page_is_that_of_the_whole_order(
    filled: Databases, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync_core.inspect.people.DEEP", PER_PAGE)

    assert pages(filled, source, PeopleFilter()) == sorted(
        row["studentnum"] for row in merged.table_of(filled)
    )
    assert len(pages(filled, source, PeopleFilter(REPORTED))) == 205


def test_it_counts_anew_what_a_run_changed(filled: Databases, source: Source) -> None:
    which = PeopleFilter(facets=(("term", "4051"),), sort="familyname")
    for run_id in range(3, 8):
        facet_counts(filled, seed.VISITOR, source, which)
        rows = merged.some_students(230 + run_id, seed=run_id)
        merged.write(filled, run_id, [*rows[: 3 * run_id], *rows[230:]])
        merged.miss(filled, run_id, [rows[150 + run_id]["studentnum"]])

        whole = fitting(filled, source, PeopleFilter(facets=which.facets))
        assert sorted(pages(filled, source, which)) == [row["studentnum"] for row in whole]
        test_each_facet_counts_who_fits_everything_but_itself(filled, source, which)
        only = PeopleFilter(MISSING_ONLY)
        test_each_facet_counts_who_fits_everything_but_itself(filled, source, only)


def test_it_notices_that_rows_were_taken_away(filled: Databases, source: Source) -> None:
    facet_counts(filled, seed.VISITOR, source, PeopleFilter())
    gone = merged.table_of(filled)[7]["studentnum"]
    with filled.data.write() as session:
        session.execute(delete(students).where(students.c.studentnum == gone))
    merged.write(filled, 3, [])

    assert facet_counts(filled, seed.VISITOR, source, PeopleFilter())[0].total == 229


def test_it_reads_long_and_odd_keys_and_values(filled: Databases, source: Source) -> None:
    odd = {"studentnum": "ک" * 300, "term": "x\x1fy", "familyname": "آخر"}
    merged.write(filled, 3, [odd])
    which = PeopleFilter(facets=(("term", "x\x1fy"),))

    assert pages(filled, source, which) == [odd["studentnum"]]
    assert len(pages(filled, source, PeopleFilter(sort="term"))) == 231


def test_whole_numbers_sort_and_count_as_numbers(databases: Databases) -> None:
    source = find_source(load(), "faculty")
    seed.add_faculty(databases, 120, missing=10)
    with databases.data.write() as session:
        session.execute(update(faculty).where(faculty.c.id % 3 == 0).values(province_code=None))
        session.execute(update(faculty).where(faculty.c.id % 3 == 1).values(province_code=9))
        session.execute(update(faculty).where(faculty.c.id % 3 == 2).values(province_code=10))

    which = PeopleFilter(facets=(("province_code", "9"),), sort="id", descending=True)
    page = people_page(load(), databases, seed.VISITOR, source, which, 1)
    told = {facet.column: facet for facet in facet_counts(databases, seed.VISITOR, source, which)}

    assert page.found == 40
    assert [row["id"] for row in page.rows] == list(range(118, 0, -3))
    assert dict(told["province_code"].values) == {"9": 40, "10": 40, None: 40}
    assert told["sex"].total == 40
    for name in ("9x", "", "nine", "9" * 30):
        odd = PeopleFilter(facets=(("province_code", name),), sort="id")
        found = people_page(load(), databases, seed.VISITOR, source, odd, 1).found
        assert found == (40 if name == "" else 0)


def test_no_personal_column_orders_counts_or_chooses(databases: Databases) -> None:
    source = find_source(load(), "faculty")
    seed.add_faculty(databases, 9)
    own = people_page(load(), databases, seed.VISITOR, source, PeopleFilter(), 1).refs
    for name in ("nationalcode", "mobile", "email", "nobody", "names_folded", "missing_since"):
        which = PeopleFilter(facets=((name, "0000000001"),), sort=name)
        page = people_page(load(), databases, seed.VISITOR, source, which, 1)
        assert page.refs == own
        assert order_of(source, name) == order_of(source)
    with pytest.raises(ConfigError, match="personal"):
        Column("mobile", "mobile", personal=True, facet=True)


def test_a_personal_key_orders_nothing_when_sorted(databases: Databases) -> None:
    """People alike in what they are sorted by stand as what is shown of them says."""
    source = find_source(load(), "faculty")
    seed.add_faculty(databases, 9, name="آرمان", family="آزمایشی", field="الف")
    with databases.data.write() as session:
        for number in range(9):
            mine = faculty.c.id == number + 1
            session.execute(update(faculty).where(mine).values(id=100 - number))

    for descending in (False, True):
        which = PeopleFilter(sort="field", descending=descending)
        page = people_page(load(), databases, seed.VISITOR, source, which, 1)
        assert [row["id"] for row in page.rows] == list(range(92, 101))


def test_it_counts_nobody_where_there_is_nobody(databases: Databases, source: Source) -> None:
    counted = facet_counts(databases, seed.VISITOR, source, PeopleFilter(ALL))
    assert {facet.total for facet in counted} == {0}
    assert pages(databases, source, PeopleFilter(sort="term")) == []


def test_it_counts_for_nobody_who_may_not_look(databases: Databases, source: Source) -> None:
    with pytest.raises(Denied):
        facet_counts(databases, ANONYMOUS, source, PeopleFilter())
