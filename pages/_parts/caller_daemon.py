"""The built-in scheduler: the command that starts it, and whether it is alive."""

import streamlit as st

from pages._parts import html
from pages._parts.caller_truth import Latest, show_last_call
from pages._parts.context import Context
from sync_core.base.i18n import _
from sync_core.inspect.overview import is_silent
from sync_core.schedule.callers import SCHEDULER


def show_daemon(here: Context, latest: Latest) -> None:
    call = latest.get(SCHEDULER)
    if call is None:
        st.info(_("It has never run here."), icon=":material/radio_button_unchecked:")
    elif is_silent(call.at):
        told = _("It does not run: it is silent.")
        st.info(told, icon=":material/stop_circle:")
    else:
        st.success(_("It is running."), icon=":material/check_circle:")
    show_last_call(call, installed=False)
    told = _(
        "Where there is neither cron nor systemd, keep this command running on the server. It ends "
        "with Ctrl-C or SIGTERM; syncs that it started go on. A second one beside it is refused."
    )
    st.markdown(told)
    st.code("python -m sync_core scheduler", language=None)
    every = html.in_markdown(f"{here.settings.tick_every_s:g}")
    st.caption(_("It looks every {n} seconds (HAMGAM_TICK_EVERY_S).").format(n=every))
