"""Who calls the schedule: when it was really called and by whom, and how to install a caller."""

import streamlit as st

from pages._parts import caller_crontab, caller_daemon, caller_files, frame, html
from pages._parts.caller_words import caller_word
from pages._parts.context import Context
from sync_core.access.permissions import Actor
from sync_core.base import jalali
from sync_core.base.i18n import _
from sync_core.inspect.overview import is_silent
from sync_core.schedule.callers import Call, last_calls
from sync_core.schedule.plans import last_fired


def show_caller(here: Context, actor: Actor) -> None:
    frame.heading(_("Who calls it"))
    st.markdown(
        _("Something has to look once a minute whether a sync is due. One of these is enough:")
    )
    calls = last_calls(here.databases, actor)
    _show_last_fired(here, actor, calls)
    cron, systemd, windows, daemon = st.tabs(
        [
            _("cron"),
            _("systemd"),
            _("Windows Task Scheduler"),
            _("Built-in scheduler"),
        ]
    )
    latest = {call.caller: call for call in calls}
    with cron:
        caller_crontab.show_crontab(here, actor, latest)
    with systemd:
        caller_files.show_systemd(here, actor, latest)
    with windows:
        caller_files.show_windows(here, actor, latest)
    with daemon:
        caller_daemon.show_daemon(here, latest)


def _show_last_fired(here: Context, actor: Actor, calls: list[Call]) -> None:
    at = last_fired(here.databases, actor)
    if at is None:
        st.warning(
            _("Last fired: never yet. Until a caller is installed, no sync starts by itself."),
            icon=":material/warning:",
        )
        return
    told = _("Last fired: {age} ({time})").format(age=jalali.age(at), time=jalali.full_time(at))
    if calls and calls[0].at >= at:
        who = _("by {caller}, on {host}.")
        host = html.in_markdown(calls[0].host)
        told = f"{told} {who.format(caller=caller_word(calls[0].caller), host=host)}"
    if is_silent(at):
        advice = _("Nobody seems to call the schedule any more. See whether cron runs.")
        st.warning(f"{told} {advice}", icon=":material/warning:")
    else:
        st.success(told, icon=":material/check_circle:")
