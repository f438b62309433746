"""The parts of a run: as a matrix of campus and term where they are such, and as a table."""

from collections.abc import Sequence

import streamlit as st

from pages._parts import dialogs, frame, html, matrix, tables, words
from pages._parts.context import context
from pages._parts.filters import page_number
from pages._parts.fragments import ask
from pages._parts.links import unit_address
from sync_core.access.permissions import RUN, Actor, allows
from sync_core.base.i18n import _
from sync_core.inspect.history import RunDetail
from sync_core.inspect.matrix import UnitMatrix, choice_of, unit_matrix
from sync_core.inspect.views import RunView, UnitView
from sync_core.runs.start import start_run

PER_PAGE = 100


def show_units(actor: Actor, detail: RunDetail) -> None:
    if not detail.units:
        _say_none(detail.run)
        return
    found = unit_matrix(context().databases, actor, detail.units)
    if detail.run.is_active:
        if found:
            matrix.show(found)
            st.caption(matrix.legend(found))
    else:
        _show_choice(actor, detail, found)
    _show_table(detail.units)


def _show_choice(actor: Actor, detail: RunDetail, found: UnitMatrix | None) -> None:
    clicked = [cell.unit.unit for cell in matrix.choose(found)] if found else []
    if found:
        chosen = _("Click cells to choose them; a double click lets go of all.")
        st.caption(f"{matrix.legend(found)}. {chosen}")
    if len(detail.units) > 1:
        _show_chosen(actor, detail, _chosen(detail, clicked))


def _show_table(units: Sequence[UnitView]) -> None:
    """A page at a time: a thousand rows are a megabyte."""
    above = st.container()
    number = page_number(-(-len(units) // PER_PAGE))
    with above:
        frame.show(tables.units(units[(number - 1) * PER_PAGE : number * PER_PAGE]))


def _say_none(run: RunView) -> None:
    if run.is_active:
        told, more = _("The run goes on."), _("Its parts appear here as they come.")
    elif run.counted:
        told, more = _("The source of this run tells no parts."), _("Nothing to do.")
    else:
        told = _("The run ended before any of its parts did.")
        more = _("The data is as it was.") if run.is_failed else _("Nothing to do.")
    frame.empty("grid_off", told, more)


def _chosen(detail: RunDetail, clicked: list[str]) -> list[UnitView]:
    """What is clicked is also in a list, for those who use the keyboard."""
    key, before = f"chosen_{detail.run.id}", f"clicked_{detail.run.id}"
    if st.session_state.get(before, []) != clicked:
        st.session_state[before] = st.session_state[key] = clicked
    listed = st.multiselect(
        _("Parts to run again"),
        [unit.unit for unit in detail.units],
        format_func=words.unit_word,
        key=key,
        placeholder=_("None chosen"),
    )
    return [unit for unit in detail.units if unit.unit in listed]


def _show_chosen(actor: Actor, detail: RunDetail, chosen: Sequence[UnitView]) -> None:
    if chosen:
        frame.show(tables.units(chosen[:PER_PAGE]))
    if len(chosen) == 1:
        frame.show(_link_to_rows(detail.run.source, chosen[0].unit))
    may_run = allows(actor, RUN)
    why_not = None if may_run else _("Your role may look, but not start or stop a sync.")
    if st.button(
        _("Run just these again"),
        key="run_chosen",
        icon=":material/replay:",
        disabled=not (may_run and chosen),
        help=why_not,
    ):
        title = _("Sync {source}").format(source=words.source_title(detail.run.source))
        ask(title, "replay", _confirm, detail.run.source, [unit.unit for unit in chosen])


def _link_to_rows(source: str, unit: str) -> str:
    address = html.text(unit_address(source, unit))
    return html.button_link(address, "table_rows", _("The rows that come from this part"))


def _confirm(actor: Actor, source: str, units: list[str]) -> None:
    st.markdown(_("{n} parts are fetched again; the others stay as they are.").format(n=len(units)))
    if not st.button(_("Start now"), type="primary", key="dialog_chosen", icon=":material/replay:"):
        return

    def start() -> None:
        here = context()
        choice = choice_of(units)
        run_id = start_run(here.settings, here.databases, source, actor=actor, choice=choice)
        st.query_params["id"] = str(run_id)

    dialogs.attempt(actor, start)
