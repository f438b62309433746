"""The panel of one person, masked; and the dialog that reveals, which alone shows more."""

from collections.abc import Iterable, Mapping
from typing import Any

import streamlit as st

from pages._errors import show_error
from pages._parts import columns, frame, html
from pages._parts.context import context
from pages._parts.fragments import ask
from pages._parts.links import PERSON, run_address
from pages._parts.person_history import show_history
from sync_core.access.permissions import REVEAL, Actor, allows
from sync_core.base.errors import SyncError, UnknownPerson
from sync_core.base.i18n import _
from sync_core.engine.source import Source
from sync_core.inspect.person import Person, read_person
from sync_core.inspect.reveal import LONGEST_REASON, reveal

RUNS = ("first_run", "last_run")


def show_person(actor: Actor, source: Source, ref: str) -> None:
    here = context()
    try:
        person = read_person(here.settings, here.databases, actor, source, ref)
    except UnknownPerson:
        st.warning(
            _("There is no such person. Choose one from the list."), icon=":material/search:"
        )
        return
    with st.container(border=True, key="person_panel"):
        _show_head(source, person)
        fields = columns.ordered(list(person.row))
        frame.show(_fields((name, _value(name, person)) for name in fields))
        if person.personal:
            _show_reveal_button(actor, source, ref)
        show_history(actor, source, ref)


def _show_head(source: Source, person: Person) -> None:
    called = columns.full_name(person.names) or person.row[source.key]
    with st.container(horizontal=True, horizontal_alignment="distribute", key="person_head"):
        frame.show(f'<span class="hg-card-title">{html.own_direction(called)}</span>')
        st.button(_("Close"), key="close_person", icon=":material/close:", on_click=_close)


def _close() -> None:
    st.query_params.pop(PERSON, None)


def _value(name: str, person: Person) -> str:
    value = person.row[name]
    if name == "missing_since":
        return columns.reported(value)
    if name in RUNS and value is not None:
        return f'<a href="{html.text(run_address(value))}" target="_self">{html.ltr(value)}</a>'
    shown = columns.cell(value)
    return f'<span class="hg-dim">{shown}</span>' if name in person.personal else shown


def _fields(fields: Iterable[tuple[str, str]]) -> str:
    """Column and value as HTML."""
    shown = "".join(
        f"<div><dt>{html.text(columns.heading(name))}</dt><dd>{value}</dd></div>"
        for name, value in fields
    )
    return f'<dl class="hg-fields">{shown}</dl>'


def _show_reveal_button(actor: Actor, source: Source, ref: str) -> None:
    may = allows(actor, REVEAL)
    why_not = None if may else _("Your role may look, but not reveal personal columns.")
    icon = ":material/visibility:"
    if st.button(_("Reveal"), key="reveal", icon=icon, disabled=not may, help=why_not):
        ask(_("Reveal personal columns"), "visibility", _show_dialog, source, ref)


def _show_dialog(actor: Actor, source: Source, ref: str) -> None:
    """What is revealed is drawn, and kept nowhere: it goes with the dialog."""
    reason = st.text_input(
        _("Why do you need to see them?"), key="reveal_reason", max_chars=LONGEST_REASON
    )
    st.caption(_("Your name and the reason are kept on record."))
    if not st.button(
        _("Reveal"), type="primary", key="dialog_reveal", icon=":material/visibility:"
    ):
        return
    if reason.strip():
        _try_to_reveal(actor, source, ref, reason)
    else:
        st.warning(_("Write the reason first."), icon=":material/edit:")


def _try_to_reveal(actor: Actor, source: Source, ref: str, reason: str) -> None:
    here = context()
    try:
        found = reveal(here.settings, here.databases, actor, source, ref, reason)
    except SyncError as error:
        show_error(error)
    else:
        frame.show(_revealed(found))


def _revealed(found: Mapping[str, Any]) -> str:
    return _fields((name, columns.cell(found[name])) for name in columns.ordered(list(found)))
