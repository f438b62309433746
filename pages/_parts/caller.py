"""Who calls the schedule: the crontab block to install, and when it last really fired."""

import streamlit as st

from pages._parts import frame, html
from pages._parts.context import Context
from sync_core.base import jalali
from sync_core.base.i18n import _
from sync_core.inspect.overview import is_silent
from sync_core.schedule.crontab import crontab_block, write_crontab_file
from sync_core.schedule.plans import last_fired


def show_caller(here: Context, *, may_change: bool) -> None:
    st.subheader(_("Who calls it"), anchor=False)
    st.markdown(
        _(
            "The server's cron looks once a minute whether a sync is due. "
            "Put these lines into its crontab:"
        )
    )
    st.code(crontab_block(here.settings), language=None, wrap_lines=False)
    _show_file(here, may_change=may_change)
    _show_last_fired(here)


def _show_file(here: Context, *, may_change: bool) -> None:
    path = here.settings.home / "crontab"
    told = html.text(
        _("The same lines stand in this file:")
        if path.is_file()
        else _("Saving a schedule, or the button below, also writes these lines to this file:")
    )
    frame.show(f'<div class="hg-meta">{told} {html.ltr(path)}</div>')
    if st.button(
        _("Write the file"),
        key="write_crontab",
        icon=":material/edit_document:",
        disabled=not may_change,
    ):
        write_crontab_file(here.settings)
        st.toast(_("The file was written."), icon=":material/check:")


def _show_last_fired(here: Context) -> None:
    at = last_fired(here.databases)
    if at is None:
        st.warning(
            _("Last fired: never yet. Until these lines are installed, no sync starts by itself."),
            icon=":material/warning:",
        )
        return
    told = _("Last fired: {age} ({time})").format(age=jalali.age(at), time=jalali.full_time(at))
    if is_silent(at):
        advice = _("Nobody seems to call the schedule any more. See whether cron runs.")
        st.warning(f"{told} {advice}", icon=":material/warning:")
    else:
        st.success(told, icon=":material/check_circle:")
