"""The page of one source's rows: a filter, a page of rows with personal columns masked."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages._parts import columns, frame, html, loaders, words
from pages._parts.context import context
from pages._parts.filters import page_number, url_choice
from pages._parts.html import Heading
from pages._parts.links import page_file
from sync_core.base.i18n import N_, _
from sync_core.engine.source import Source, find_source
from sync_core.inspect.people import (
    ALL,
    MISSING_ONLY,
    PER_PAGE,
    REPORTED,
    PeopleCount,
    PeoplePage,
    people_page,
)

FILTERS = {REPORTED: N_("Reported now"), MISSING_ONLY: N_("No longer reported")}


def show_people(name: str) -> None:
    here = context()
    source = find_source(here.settings, name)
    frame.begin(words.source_title(name), _("The rows as the gateway last reported them."))
    count = loaders.count_people(here, source)
    if not count.of(ALL):
        _show_nothing_yet()
        return
    which = url_choice(_("Show"), "rows", list(FILTERS), lambda key: _(FILTERS[key])) or ALL
    _show_total(count, which)
    above = st.container()
    number = page_number(max(1, -(-count.of(which) // PER_PAGE)))
    with above:
        _show_rows(source, which, number)


def _show_nothing_yet() -> None:
    frame.empty(
        "cloud_download",
        _("There are no rows yet."),
        _("They come with the first successful sync."),
    )
    st.page_link(page_file("overview"), label=_("To the overview"), icon=":material/sync:")


def _show_total(count: PeopleCount, which: str) -> None:
    parts = [
        _("{n} rows").format(n=f"{count.of(which):,}"),
        _("Personal columns are masked"),
    ]
    if which == ALL and count.missing:
        parts.insert(1, _("{n} of them no longer reported").format(n=f"{count.missing:,}"))
    spans = "".join(f"<span>{html.text(part)}</span>" for part in parts)
    frame.show(f'<div class="hg-meta">{html.icon("visibility_off")} {spans}</div>')


def _show_rows(source: Source, which: str, number: int) -> None:
    page = people_page(context().databases, source, which, number)
    if not page.rows:
        frame.empty("filter_alt_off", _("No row fits this filter."), _("Choose another one."))
        return
    frame.show(_table(source, page))


def _table(source: Source, page: PeoplePage) -> str:
    names = columns.ordered(page.columns)
    headings = [_heading(name, page) for name in names]
    headings.insert(1, Heading(_("Reported")))
    rows = ([_cell(row[names[0]]), _reported(row), *_rest(row, names)] for row in page.rows)
    return html.table(headings, rows, words.source_title(source.name))


def _heading(name: str, page: PeoplePage) -> Heading:
    meaning = _("Personal: masked") if name in page.personal else ""
    return Heading(columns.heading(name), meaning=meaning)


def _rest(row: Mapping[str, Any], names: list[str]) -> list[str]:
    return [_cell(row[name]) for name in names[1:]]


def _cell(value: object) -> str:
    return html.NOTHING if value is None or value == "" else html.own_direction(value)


def _reported(row: Mapping[str, Any]) -> str:
    if row["missing_since"] is None:
        return html.text(_("Yes"))
    word = html.text(_("Not since"))
    return f"{word} {html.moment(row['missing_since'])}"
