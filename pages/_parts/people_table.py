"""The rows of people as a table: which columns, in which order; each row leads to its person."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from pages._parts import columns, html, words
from pages._parts.filters import to_first_page
from pages._parts.html import Heading
from pages._parts.links import person_address
from pages._parts.people_filters import COLUMNS, FALLING, SORT, kept, names_of, put
from sync_core.base.i18n import _
from sync_core.engine.source import Source
from sync_core.inspect.masking import open_columns
from sync_core.inspect.people import PeoplePage
from sync_core.inspect.people_filter import PeopleFilter


def shown_columns(source: Source) -> list[str]:
    """As the address has them; all of them where it names none that there is."""
    given = st.query_params.get(COLUMNS, "").split(",")
    names = names_of(source)
    return [name for name in names if name in given] or names


def show_chooser(source: Source, shown: Sequence[str]) -> None:
    names, key = names_of(source), "people_columns"
    st.session_state[key] = list(shown)
    with st.popover(_("Columns"), icon=":material/view_column:", key="columns"):
        st.multiselect(
            _("Columns that are shown"),
            names,
            format_func=columns.heading,
            key=key,
            on_change=lambda: _put_columns(names, st.session_state[key]),
        )


def _put_columns(names: Sequence[str], chosen: Sequence[str]) -> None:
    """Which columns are shown changes no row: the page stays."""
    if chosen and len(chosen) < len(names):
        st.query_params[COLUMNS] = ",".join(name for name in names if name in chosen)
    else:
        st.query_params.pop(COLUMNS, None)


def show_sorting(source: Source, which: PeopleFilter) -> None:
    """By what is open to all alone: an order tells of what it is by."""
    shown = open_columns(source)
    names = [name for name in names_of(source) if name in shown]
    st.session_state["people_sort"] = which.sort or ""
    st.selectbox(
        _("Sorted by"),
        ["", *names],
        format_func=lambda name: columns.heading(name) if name else _("As usual"),
        key="people_sort",
        on_change=_put_sort,
        filter_mode=None,
        width=220,
    )
    st.session_state["people_falling"] = which.descending
    st.toggle(
        _("From the end"), key="people_falling", on_change=_put_sort, disabled=which.sort is None
    )


def _put_sort() -> None:
    name = st.session_state["people_sort"]
    falling = FALLING if name and st.session_state["people_falling"] else ""
    put(SORT, falling + name)
    to_first_page()


def table(source: Source, page: PeoplePage, names: Sequence[str]) -> str:
    """The links to a person keep the filters."""
    headings = [_heading(name, page) for name in names]
    headings.insert(1, Heading(_("Reported")))
    stays = kept(source)
    rows = (
        [_link(source, ref, row[names[0]], stays), *_rest(row, names)]
        for ref, row in zip(page.refs, page.rows, strict=True)
    )
    return html.table(headings, rows, words.source_title(source.name))


def _heading(name: str, page: PeoplePage) -> Heading:
    meaning = _("Personal: masked") if name in page.personal else ""
    return Heading(columns.heading(name), meaning=meaning)


def _link(source: Source, ref: str, value: object, stays: Mapping[str, Sequence[str]]) -> str:
    address = html.text(person_address(source.name, ref, stays))
    title = html.text(_("Everything about this person"))
    return f'<a href="{address}" target="_self" title="{title}">{columns.cell(value)}</a>'


def _rest(row: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    return [columns.reported(row["missing_since"]), *(columns.cell(row[n]) for n in names[1:])]
