"""The campuses that a sync of the students covers: the table, and what may be done to it."""

import streamlit as st

from pages._parts import campus_import, frame, html
from pages._parts.campus_dialogs import ask_to_change, ask_to_remove, show_outcome
from pages._parts.context import Context
from pages._parts.html import Heading
from sync_core.access.permissions import Actor
from sync_core.base.i18n import _, ngettext
from sync_core.ops.campuses import Campus, CampusList, read_campuses


def show_campuses(here: Context, actor: Actor) -> None:
    known = read_campuses(here.databases, actor)
    with st.container(border=True, key="campuses"):
        frame.show(html.card_title(_("Campuses")))
        if here.settings.campuses:
            told = _(
                "HAMGAM_CAMPUSES is set in the environment or in .env: syncs cover {codes} and "
                "nothing else. Of this table only the names count."
            )
            codes = html.in_markdown(", ".join(here.settings.campuses))
            st.warning(told.format(codes=codes), icon=":material/lock:")
        _show_table(known)
        _show_actions(known)
        show_outcome()
        campus_import.show_import(here, actor, known)


def _show_table(known: CampusList) -> None:
    if not known.campuses:
        frame.empty("domain", _("There is no campus yet."), _("Add one, or import a list below."))
        return
    n = len(known.campuses)
    st.caption(ngettext("{n} campus", "{n} campuses", n).format(n=n))
    headings = [Heading(_("Code")), Heading(_("Name")), Heading(_("Province")), Heading(_("Type"))]
    rows = (_row(known, campus) for campus in known.campuses)
    table = html.table(headings, rows, _("Campuses"))
    frame.show(f'<div class="hg-tall">{table}</div>')


def _row(known: CampusList, campus: Campus) -> list[str]:
    province = known.province_of(campus)
    return [
        html.ltr(campus.pardis_code),
        html.own_direction(campus.name),
        html.own_direction(province) if province else html.NOTHING,
        html.own_direction(campus.type) if campus.type else html.NOTHING,
    ]


def _show_actions(known: CampusList) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="campus_actions"):
        chosen = _choose(known) if known.campuses else None
        if st.button(
            _("Change"), key="change_campus", icon=":material/edit:", disabled=chosen is None
        ):
            ask_to_change(known, chosen)
        if st.button(
            _("Remove"), key="remove_campus", icon=":material/delete:", disabled=chosen is None
        ):
            ask_to_remove(chosen)
        if st.button(_("Add a campus"), key="add_campus", icon=":material/add:"):
            ask_to_change(known, None)
    if known.campuses:
        address = "/download/campuses.csv"
        frame.show(html.button_link(address, "download", _("Download as CSV")))


def _choose(known: CampusList) -> Campus | None:
    by_code = {campus.pardis_code: campus for campus in known.campuses}
    code = st.selectbox(
        _("Campus"),
        list(by_code),
        index=None,
        format_func=lambda code: f"{code} — {by_code[code].name}" if code in by_code else code,
        placeholder=_("Choose one to change or remove it"),
        key="campus_chosen",
        width=360,
    )
    return by_code.get(code or "")
