"""The button that takes the rows of a filter away as a file, and the dialog before it.

An address is made when somebody asks for one, and for nobody else.
"""

from datetime import timedelta

import streamlit as st

from pages._errors import show_error
from pages._parts import frame, html, words
from pages._parts.context import context
from pages._parts.fragments import ask
from sync_core.access.permissions import EXPORT_UNMASKED, Actor, allows
from sync_core.base.errors import SyncError
from sync_core.base.i18n import N_, _
from sync_core.engine.source import Source
from sync_core.inspect.export import CSV, XLSX, ExportRequest, count_export
from sync_core.inspect.export_tokens import LIVES, offer_export
from sync_core.inspect.people_filter import PeopleFilter
from sync_core.inspect.reasons import LONGEST_REASON

FORMATS = {CSV: "CSV", XLSX: "Excel"}
NOTES = {
    CSV: N_("For programs. Excel drops the zeros that a code in a CSV file begins with."),
    XLSX: N_("Codes and phone numbers keep their zeros. A large file takes a minute to be made."),
}
MINUTE = timedelta(minutes=1)


def show_export_button(actor: Actor, source: Source, which: PeopleFilter) -> None:
    if st.button(_("Export"), key="export", icon=":material/download:"):
        title = _("Export: {source}").format(source=words.source_title(source.name))
        ask(title, "download", _show_dialog, source, which)


def _show_dialog(actor: Actor, source: Source, which: PeopleFilter) -> None:
    rows = count_export(context().databases, actor, source, which)
    st.markdown(_("{n} rows").format(n=f"{rows:,}"))
    kind = st.radio(
        _("Format"), list(FORMATS), format_func=FORMATS.__getitem__, key="export_format"
    )
    st.caption(_(NOTES[kind]))
    reason = _ask_for_personal(actor)
    if not st.button(
        _("Make the link"), type="primary", key="dialog_export", icon=":material/link:"
    ):
        return
    if reason is not None and not reason.strip():
        st.warning(_("Write the reason first."), icon=":material/edit:")
    else:
        _offer(actor, ExportRequest(source, which, kind, reason))


def _ask_for_personal(actor: Actor) -> str | None:
    """The reason, empty as long as there is none; None where the columns stay masked."""
    wanted = allows(actor, EXPORT_UNMASKED) and st.checkbox(
        _("With personal columns"), key="export_unmasked"
    )
    if not wanted:
        st.caption(_("Personal columns are masked, as on the screen. The export is on record."))
        return None
    reason = st.text_input(
        _("Why do you need them?"), key="export_reason", max_chars=LONGEST_REASON
    )
    st.caption(_("Your name and the reason are kept on record."))
    return reason


def _offer(actor: Actor, request: ExportRequest) -> None:
    try:
        token = offer_export(context().databases, actor, request)
    except SyncError as error:
        show_error(error)
        return
    address = f"/download/people?token={token}"
    frame.show(html.button_link(address, "download", _("Download the file")))
    minutes = LIVES // MINUTE
    st.caption(_("The link is yours alone, and good once, for {n} minutes.").format(n=minutes))
