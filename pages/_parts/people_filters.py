"""What is asked of the people: what the address says, and a search that no address has."""

from collections.abc import Iterable

import streamlit as st

from pages._parts import columns
from pages._parts.filters import to_first_page, url_number
from pages._parts.links import PERSON
from sync_core.base.i18n import N_, _
from sync_core.engine.source import Source
from sync_core.inspect.checks import condition_of
from sync_core.inspect.masking import open_columns
from sync_core.inspect.people_filter import ALL, MISSING_ONLY, REPORTED, PeopleFilter

ROWS, SORT, COLUMNS = "rows", "sort", "cols"
RULE, CHANGED_IN, UNIT = MORE = ("rule", "changed_in", "unit")
LONGEST_UNIT = 100
WHICH = {REPORTED: N_("Reported now"), MISSING_ONLY: N_("No longer reported")}
OWN_NAMES = {ROWS, SORT, COLUMNS, *MORE, PERSON, "page"}
FALLING = "-"
"""Before the column that is sorted by, from the largest down."""


def asked(source: Source, text: str) -> PeopleFilter:
    """What the address does not say right is left out; `say_unknown` tells of it."""
    sort = st.query_params.get(SORT, "")
    column = sort.removeprefix(FALLING)
    which = st.query_params.get(ROWS, ALL)
    rule = st.query_params.get(RULE)
    known = rule is not None and condition_of(source, rule) is not None
    return PeopleFilter(
        which=which if which in WHICH else ALL,
        text=text,
        facets=tuple((name, value or None) for name in source.facets for value in of(name)),
        changed_in=url_number(CHANGED_IN),
        rule=rule if known else None,
        unit=st.query_params.get(UNIT, "")[:LONGEST_UNIT].replace("\0", "") or None,
        sort=column if column in open_columns(source) else None,
        descending=sort.startswith(FALLING) and column in open_columns(source),
    )


def of(name: str) -> list[str]:
    """The values of a facet that the address asks for; empty text stands for no value."""
    return list(dict.fromkeys(st.query_params.get_all(name)))


def put(name: str, values: str | Iterable[str]) -> None:
    """Into the address, and back to the first page; an empty one goes out of it."""
    given = values if isinstance(values, str) else list(values)
    if given:
        st.query_params[name] = given
    else:
        st.query_params.pop(name, None)
    to_first_page()


def clear(source: Source) -> None:
    for name in (*source.facets, *MORE):
        st.query_params.pop(name, None)
    to_first_page()


def say_unknown(source: Source, which: PeopleFilter) -> None:
    given = st.query_params.to_dict()
    names = OWN_NAMES.union(source.facets)
    odd = [
        set(given) - names,
        given.get(RULE) and which.rule is None,
        given.get(CHANGED_IN) and which.changed_in is None,
        given.get(SORT) and which.sort is None,
        set(given.get(COLUMNS, "").split(",")) - {"", *names_of(source)},
    ]
    if any(odd):
        st.info(
            _("The address asks for something that is not here; it was left out."),
            icon=":material/info:",
        )


def names_of(source: Source) -> list[str]:
    """Who the person is first, then the table's own order."""
    return columns.ordered([column.name for column in source.columns])


def kept(source: Source) -> dict[str, list[str]]:
    """What the address of one person takes along, so that closing it leads back."""
    names = (ROWS, SORT, COLUMNS, *MORE, *source.facets, "page")
    found = {name: st.query_params.get_all(name) for name in names}
    return {name: values for name, values in found.items() if values}
