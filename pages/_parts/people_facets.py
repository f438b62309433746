"""The facets beside the rows: each value with its count, to be chosen."""

from collections.abc import Callable, Sequence

import streamlit as st

from pages._parts import columns, frame, html
from pages._parts.people_filters import CHANGED_IN, RULE, UNIT, clear, of, put
from sync_core.base.i18n import _
from sync_core.engine.source import Source
from sync_core.inspect.facets import Facet
from sync_core.inspect.people_filter import PeopleFilter

FEW, OPEN = 6, 3
"""Values that are shown before somebody asks for more; facets that are open at first."""

ValueWord = Callable[[str, str | None], str]
"""Column and value → what a person reads."""


def show_facets(
    source: Source, facets: Sequence[Facet], which: PeopleFilter, word: ValueWord
) -> None:
    """A choice goes into the address; there it is read from."""
    title = html.text(_("Narrow down"))
    frame.show(f'<h2 class="hg-facets-title" id="facets">{title}</h2>')
    if which.facets or which.rule or which.changed_in or which.unit:
        st.button(
            _("Take all of it back"),
            key="clear_facets",
            icon=":material/filter_alt_off:",
            on_click=clear,
            args=(source,),
        )
    useful = [facet for facet in facets if len(facet.values) > 1 or of(facet.column)]
    for place, facet in enumerate(useful):
        chosen = of(facet.column)
        label = html.in_markdown(columns.heading(facet.column))
        told = f"{label} ({len(chosen)})" if chosen else label
        with st.expander(told, expanded=bool(chosen) or place < OPEN, key=f"of_{facet.column}"):
            _show_values(facet, chosen, word)
    _show_changed_in(which)


def _show_values(facet: Facet, chosen: list[str], word: ValueWord) -> None:
    wide = f"all_{facet.column}"
    shown = facet.values if st.session_state.get(wide) else facet.values[:FEW]
    more = [each for each in facet.values if (each[0] or "") in chosen and each not in shown]
    for value, count in (*shown, *more):
        _show_value(facet.column, value, f"{word(facet.column, value)}", count, chosen)
    if len(facet.values) > FEW:
        st.toggle(_("All {n} values").format(n=len(facet.values)), key=wide)
    if facet.others:
        st.caption(_("{n} people have other values.").format(n=f"{facet.others:,}"))


def _show_value(
    column: str, value: str | None, word: str, count: int, chosen: Sequence[str]
) -> None:
    known = value or ""
    key = f"facet_{column}_{known}"
    st.session_state[key] = known in chosen
    label = f"{html.in_markdown(word)} :gray[({count:,})]"
    st.checkbox(label, key=key, on_change=_toggle, args=(column, known))


def _toggle(column: str, value: str) -> None:
    chosen = of(column)
    put(column, [v for v in chosen if v != value] if value in chosen else [*chosen, value])


def _show_changed_in(which: PeopleFilter) -> None:
    key = "changed_in_run"
    st.session_state[key] = which.changed_in
    st.number_input(
        _("Changed in run"),
        min_value=1,
        max_value=999_999_999,
        key=key,
        on_change=lambda: put(CHANGED_IN, str(st.session_state[key] or "")),
        placeholder=_("Number of the run"),
    )


def show_chips(which: PeopleFilter, rule_title: str | None) -> None:
    """What narrows the rows and is no facet, each with a way to take it back."""
    if rule_title is None and which.changed_in is None and which.unit is None:
        return
    with st.container(horizontal=True, key="chips"):
        if rule_title is not None:
            _show_chip(RULE, rule_title)
        if which.changed_in is not None:
            _show_chip(CHANGED_IN, _("Changed in run {id}").format(id=which.changed_in))
        if which.unit is not None:
            _show_chip(UNIT, _("From the part {unit}").format(unit=which.unit))


def _show_chip(name: str, told: str) -> None:
    st.button(
        html.in_markdown(told),
        key=f"chip_{name}",
        icon=":material/close:",
        help=_("Take it back"),
        on_click=put,
        args=(name, ""),
    )
