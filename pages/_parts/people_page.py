"""The page of one source's rows: search, filters, facets, one person, a page of rows."""

import streamlit as st

from pages._parts import columns, frame, html, loaders, people_facets, people_filters, people_table
from pages._parts import words as said
from pages._parts.context import context
from pages._parts.export_dialog import show_export_button
from pages._parts.facet_chart import show_chart
from pages._parts.filters import page_number, say_unknown, to_first_page, url_choice
from pages._parts.links import PERSON, page_file
from pages._parts.people_filters import ROWS, WHICH
from pages._parts.person import show_person
from pages._parts.rules import rule_title
from sync_core.access.permissions import Actor
from sync_core.base.i18n import _
from sync_core.engine.source import Source, find_source
from sync_core.inspect.people import PER_PAGE, PeopleCount, PeoplePage, people_page
from sync_core.inspect.people_filter import ALL, PeopleFilter, is_narrowed
from sync_core.inspect.provinces import province_names

SEARCH_WIDTH = 360


def show_people(actor: Actor, name: str) -> None:
    here = context()
    source = find_source(here.settings, name)
    frame.begin(said.source_title(name), _("The rows as the gateway last reported them."))
    count = loaders.count_people(here, actor, source)
    if not count.of(ALL):
        _show_nothing_yet()
        return
    text = _show_filters(source)
    which = people_filters.asked(source, text)
    people_filters.say_unknown(source, which)
    if ref := st.query_params.get(PERSON):
        show_person(actor, source, ref)
    _show_found(actor, source, which, count)


def _show_nothing_yet() -> None:
    frame.empty(
        "cloud_download",
        _("There are no rows yet."),
        _("They come with the first successful sync."),
    )
    st.page_link(page_file("overview"), label=_("To the overview"), icon=":material/sync:")


def _show_filters(source: Source) -> str:
    say_unknown(ROWS, list(WHICH))
    with st.container(horizontal=True, key="filters"):
        url_choice(_("Show"), ROWS, list(WHICH), lambda key: _(WHICH[key]))
        return _search_box(source)


def _search_box(source: Source) -> str:
    """What is typed stays out of the address, and out of the browser's memory of forms."""
    return st.text_input(
        _("Name, or the whole {number}").format(number=columns.heading(source.key)),
        key=f"search_{source.name}",
        icon=":material/search:",
        on_change=to_first_page,
        autocomplete="off",
        width=SEARCH_WIDTH,
    ).strip()


def _show_found(actor: Actor, source: Source, which: PeopleFilter, count: PeopleCount) -> None:
    here = context()
    facets = loaders.facet_counts(here, actor, source, which)
    provinces = province_names(here.databases, actor)

    def word(column: str, value: str | None) -> str:
        return columns.value_word(column, value, provinces)

    people_facets.show_chips(which, rule_title(which.rule) if which.rule else None)
    rows, beside = st.columns([4, 1], gap="medium")
    with rows:
        _show_rows(actor, source, which, count)
        show_chart(facets, word)
    with beside:
        people_facets.show_facets(source, facets, which, word)


def _show_rows(actor: Actor, source: Source, which: PeopleFilter, count: PeopleCount) -> None:
    above = st.container()
    first = _page(actor, source, which, 1) if is_narrowed(which) else None
    found = count.of(which.which) if first is None else first.found or 0
    number = page_number(max(1, -(-found // PER_PAGE)))
    with above:
        if not found:
            frame.empty(
                "search_off",
                _("Nobody was found."),
                _("Take a filter back, or write a part of the name, or the whole number."),
            )
            return
        _show_meta(which, count, found, narrowed=first is not None)
        names = people_table.shown_columns(source)
        _show_tools(actor, source, which, names)
        page = first if first and number == 1 else _page(actor, source, which, number)
        frame.show(people_table.table(source, page, names))


def _show_tools(actor: Actor, source: Source, which: PeopleFilter, names: list[str]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="people_tools"):
        people_table.show_sorting(source, which)
        people_table.show_chooser(source, names)
        show_export_button(actor, source, which)


def _page(actor: Actor, source: Source, which: PeopleFilter, number: int) -> PeoplePage:
    here = context()
    return people_page(here.settings, here.databases, actor, source, which, number)


def _show_meta(which: PeopleFilter, count: PeopleCount, found: int, *, narrowed: bool) -> None:
    if narrowed:
        parts = [_("{n} rows found").format(n=f"{found:,}")]
    else:
        parts = [_("{n} rows").format(n=f"{found:,}")]
        if which.which == ALL and count.missing:
            parts.append(_("{n} of them no longer reported").format(n=f"{count.missing:,}"))
    shown = [*parts, _("Personal columns are masked")]
    spans = "".join(f"<span>{html.text(part)}</span>" for part in shown)
    there = html.text(_("Narrow down"))
    jump = f'<a class="hg-to-facets" href="#facets">{there}</a>'
    frame.show(f'<div class="hg-meta">{html.icon("visibility_off")} {spans}{jump}</div>')
