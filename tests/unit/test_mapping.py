"""The names of a mapping and of what a unit sent: other ones whenever rows could be others."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from fetch_data import faculty_main, students_main
from sync_core.base.settings import load
from sync_core.engine.mapping import mapping_of, unit_digest
from sync_core.engine.source import INTEGER, Page, Reference, Source

STUDENTS, FACULTY = students_main.SOURCE, faculty_main.SOURCE
PAGES = [Page(b'[{"a":1}]'), Page(b'[{"b":2}]')]


@pytest.fixture(scope="module")
def reference() -> Reference:
    return Reference(load(), date(2026, 11, 23), ("1110",), {"تهران": 23, "قم": 19})


def changed(source: Source, **values: Any) -> Source:
    """Its first column with other values, and no facet that goes by it."""
    first, *others = source.columns
    return replace(source, columns=(replace(first, **values), *others), beginnings=())


@pytest.mark.parametrize(
    "change",
    [
        lambda source: replace(source, mapping_version=2),
        lambda source: replace(source, key="firstname"),
        lambda source: replace(source, columns=source.columns[:-1]),
        lambda source: replace(source, columns=source.columns[::-1]),
        lambda source: changed(source, name="another"),
        lambda source: changed(source, field="another"),
        lambda source: changed(source, kind=INTEGER),
        lambda source: changed(source, derive=lambda value, reference: value),
    ],
    ids=["version", "key", "fewer", "order", "name", "field", "kind", "derive"],
)
def test_it_names_a_mapping_anew_when_records_could_become_other_rows(
    reference: Reference, change: Callable[[Source], Source]
) -> None:
    assert mapping_of(change(STUDENTS), reference) != mapping_of(STUDENTS, reference)


def test_it_names_a_mapping_anew_when_a_column_is_derived_where_there_are_no_provinces(
    reference: Reference,
) -> None:
    bare = replace(reference, provinces={})
    derived = changed(STUDENTS, derive=lambda value, reference: value)

    assert mapping_of(derived, bare) != mapping_of(STUDENTS, bare)


@pytest.mark.parametrize("provinces", [{}, {"تهران": 23, "قم": 20}, {"تهران": 23, "قم ": 19}])
def test_it_names_a_mapping_anew_when_a_derived_column_looks_up_other_provinces(
    reference: Reference, provinces: dict[str, int]
) -> None:
    other = replace(reference, provinces=provinces)

    assert mapping_of(FACULTY, other) != mapping_of(FACULTY, reference)
    assert mapping_of(STUDENTS, other) == mapping_of(STUDENTS, reference)


@pytest.mark.parametrize("source", [STUDENTS, FACULTY], ids=["students", "faculty"])
def test_it_keeps_a_mappings_name_when_only_the_plan_is_another(
    reference: Reference, source: Source
) -> None:
    other = replace(
        reference,
        campuses=("1", "2"),
        today=date(2027, 1, 1),
        settings=replace(reference.settings, page_size=7),
        provinces=dict(reversed(reference.provinces.items())),
    )

    assert mapping_of(source, other) == mapping_of(source, reference)


def test_it_keeps_a_mappings_name_when_a_column_becomes_personal(reference: Reference) -> None:
    assert mapping_of(changed(STUDENTS, personal=True), reference) == mapping_of(
        STUDENTS, reference
    )


def test_it_names_the_version_in_a_mapping_that_the_ledger_can_hold(reference: Reference) -> None:
    name = mapping_of(replace(STUDENTS, mapping_version=12), reference)

    assert name.startswith("12-")
    assert len(name) <= 32


def test_it_names_the_same_pages_alike() -> None:
    copies = [Page(bytes(bytearray(page.data))) for page in PAGES]

    assert unit_digest("1-a", 1000, copies) == unit_digest("1-a", 1000, PAGES)


@pytest.mark.parametrize(
    "other",
    [
        unit_digest("1-b", 1000, PAGES),
        unit_digest("1-a", 1001, PAGES),
        unit_digest("1-a", 1000, PAGES[:1]),
        unit_digest("1-a", 1000, PAGES[::-1]),
        unit_digest("1-a", 1000, [*PAGES, Page(b"[]")]),
        unit_digest("1-a", 1000, [Page(PAGES[0].data + PAGES[1].data)]),
        unit_digest("1-a", 1000, [Page(b'[{"a":1}'), Page(b'][{"b":2}]')]),
        unit_digest("1-a", 1000, [PAGES[0], Page(b'[{"b":3}]')]),
        unit_digest("1-a", 1000, [Page(b'[{"a":1} ]'), PAGES[1]]),
        unit_digest("1-a", 1000, []),
        unit_digest("1-a1", 0, PAGES),
    ],
)
def test_it_names_other_pages_or_another_way_to_read_them_otherwise(other: str) -> None:
    assert other != unit_digest("1-a", 1000, PAGES)


@pytest.mark.parametrize("place", range(len(PAGES[0].data)))
def test_it_sees_every_changed_byte(place: int) -> None:
    data = bytearray(PAGES[0].data)
    data[place] ^= 1

    assert unit_digest("m", 1, [Page(bytes(data)), PAGES[1]]) != unit_digest("m", 1, PAGES)
