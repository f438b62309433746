"""One run in full: how it went and what to do, its parts, what it changed, its log."""

import streamlit as st

from pages._parts import frame, run_head, run_log, run_rows, run_settings, run_units, words
from pages._parts.context import context
from pages._parts.filters import url_number
from pages._parts.links import page_file
from pages._session import current_actor
from sync_core.base.errors import UnknownRun
from sync_core.base.i18n import _
from sync_core.inspect.history import run_detail


def main() -> None:
    actor, run_id = current_actor(), url_number("id")
    try:
        detail = run_detail(context().databases, actor, run_id or 0)
    except UnknownRun:
        _show_unknown()
        return
    run = detail.run
    frame.begin(_("Run {id}: {source}").format(id=run.id, source=words.source_title(run.source)))
    run_head.show_head(actor, detail)
    names = [_("Parts"), _("Changes"), _("Rejected records"), _("Log"), _("Settings")]
    parts, changes, rejects, log, settings = st.tabs(names, key="run_tabs")
    with parts:
        run_units.show_units(actor, detail)
    with changes:
        run_rows.show_changes(actor, run)
    with rejects:
        run_rows.show_rejects(actor, run)
    with log:
        run_log.show_log(actor, run)
    with settings:
        run_settings.show_settings(detail.settings)


def _show_unknown() -> None:
    frame.begin(_("Run"))
    frame.empty(
        "search_off", _("There is no run with that number."), _("Choose one from the history.")
    )
    st.page_link(page_file("runs"), label=_("The whole history"), icon=":material/history:")


main()
