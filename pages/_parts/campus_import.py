"""A list that is to replace all campuses: pasted, then shown as what it would change, then taken.

It is pasted as text: the server's door for files stays shut.
"""

import streamlit as st

from pages._parts import frame, html, rounds
from pages._parts.campus_dialogs import done, refusal
from pages._parts.context import Context, context
from pages._parts.html import Heading
from sync_core.access.permissions import Actor
from sync_core.base.i18n import N_, _
from sync_core.ops.campus_file import CampusRefused
from sync_core.ops.campuses import (
    Campus,
    CampusList,
    Difference,
    Preview,
    import_campuses,
    preview_import,
)

LONGEST = 200_000
"""Characters: some thousand campuses."""
EXAMPLE = "pardis_code,name,province_code,type\n1110,…,3,…"
ROUND, SEEN = "campus_import_round", "campus_import_seen"
NEW, CHANGED, GONE = N_("new"), N_("changed"), N_("goes")


def show_import(here: Context, actor: Actor, known: CampusList) -> None:
    with st.expander(_("Import a list"), icon=":material/upload:", key="import_list"):
        st.markdown(
            _(
                "Copy the cells from a spreadsheet, or the lines of a CSV file, with their header, "
                "and paste them here. The list replaces the whole table; before that you see what "
                "it would change."
            )
        )
        text = st.text_area(
            _("The list"),
            key=rounds.key("campus_list", ROUND),
            height=160,
            max_chars=LONGEST,
            placeholder=EXAMPLE,
        )
        st.button(_("Show what it would change"), key="preview_import", icon=":material/preview:")
        if text and text.strip():
            _preview(here, actor, known, text)


def _preview(here: Context, actor: Actor, known: CampusList, text: str) -> None:
    try:
        preview = preview_import(here.databases, actor, text.encode())
    except CampusRefused as refused:
        st.error(refusal(refused), icon=":material/error:")
        return
    _show_difference(known, preview.difference)
    if preview.difference.is_empty:
        return
    if st.button(
        _("Replace the table by this list"),
        type="primary",
        key="import_campuses",
        icon=":material/check:",
    ):
        _take(actor, text, preview)
    st.session_state[SEEN] = (text, preview.mark)


def _take(actor: Actor, text: str, preview: Preview) -> None:
    """Only what was seen: the text and the table as they were when the preview was drawn."""
    seen_text, seen_mark = st.session_state.get(SEEN, ("", preview.mark))
    if seen_text != text:
        st.warning(_("The list has changed meanwhile: look again at what it would do."))
        return
    try:
        import_campuses(context().databases, actor, text.encode(), expected=seen_mark)
    except CampusRefused as refused:
        st.error(refusal(refused), icon=":material/error:")
        return
    rounds.begin_anew(ROUND)
    done(_("The table is the list now."))


def _show_difference(known: CampusList, what: Difference) -> None:
    if what.is_empty:
        st.info(_("The list is the same as the table: it changes nothing."))
        return
    told = _("{new} new, {changed} changed, {gone} go, {same} stay as they are.")
    counts = {"new": len(what.added), "changed": len(what.changed), "gone": len(what.removed)}
    st.markdown(told.format(**counts, same=what.unchanged))
    if what.removed:
        words = _("Campuses that the list does not name are removed. Their people keep their rows.")
        st.warning(words, icon=":material/warning:")
    headings = [
        Heading(_("What happens")),
        Heading(_("Code")),
        Heading(_("Before")),
        Heading(_("After")),
    ]
    rows = [
        *(_row(known, GONE, campus, None) for campus in what.removed),
        *(_row(known, CHANGED, old, new) for old, new in what.changed),
        *(_row(known, NEW, None, campus) for campus in what.added),
    ]
    table = html.table(headings, rows, _("What the list would change"))
    frame.show(f'<div class="hg-tall">{table}</div>')


def _row(known: CampusList, word: str, old: Campus | None, new: Campus | None) -> list[str]:
    code = new.pardis_code if new else old.pardis_code if old else ""
    return [html.text(_(word)), html.ltr(code), _told(known, old), _told(known, new)]


def _told(known: CampusList, campus: Campus | None) -> str:
    if campus is None:
        return html.NOTHING
    province = known.province_of(campus)
    parts = [part for part in (campus.name, province, campus.type) if part]
    return html.text(_(", ")).join(html.own_direction(part) for part in parts)
