"""The end of a run's log, by level and by words; the whole of it as a file."""

import streamlit as st

from pages._parts import frame, html
from pages._parts.context import context
from pages._parts.fragments import polled
from pages._parts.progress import POLL_S
from sync_core.access.permissions import Actor
from sync_core.base.i18n import N_, _
from sync_core.inspect.run_log import LEVELS, LogFilter, log_end, log_tail
from sync_core.inspect.views import RunView

HEIGHT = 420
FOLLOWED, WIDEST = 16, 160
"""Lines and their characters: a poll stays small."""
WORDS = {
    "debug": N_("Progress"),
    "info": N_("Information"),
    "output": N_("Output of the source"),
    "warning": N_("Warnings"),
    "error": N_("Errors"),
}


def show_log(actor: Actor, run: RunView) -> None:
    which = _filters()
    if run.is_active and st.toggle(_("Follow"), value=True, key="log_follow"):
        _follow(run.id, which)
    else:
        _show_tail(actor, run.id, which)
    address = f"/download/log?run={run.id}"
    frame.show(html.button_link(address, "download", _("Download the log")))


@polled(POLL_S)
def _follow(actor: Actor, run_id: int, which: LogFilter) -> None:
    lines = log_end(context().settings, actor, run_id, which, FOLLOWED)
    if lines is None:
        _say_none()
    elif lines:
        st.code("\n".join(line[:WIDEST] for line in lines), language=None, height=HEIGHT)
        st.caption(_("The newest lines, as they are written"))
    else:
        _say_no_line()


def _show_tail(actor: Actor, run_id: int, which: LogFilter) -> None:
    tail = log_tail(context().settings, actor, run_id, which)
    if tail is None:
        _say_none()
    elif tail.lines:
        st.caption(_("The last {shown} of {n} lines").format(shown=len(tail.lines), n=tail.total))
        st.code("\n".join(tail.lines), language=None, height=HEIGHT)
    else:
        _say_no_line()


def _say_none() -> None:
    told = _("This run has no log, or it is no longer kept.")
    frame.empty("article", told, _("Its parts and counts stay."))


def _say_no_line() -> None:
    frame.empty("filter_alt_off", _("No line fits."), _("Choose another level or word."))


def _filters() -> LogFilter:
    with st.container(horizontal=True, key="log_filters"):
        level = st.selectbox(
            _("Level"),
            ["", *LEVELS],
            format_func=lambda name: _(WORDS[name]) if name else _("All"),
            key="log_level",
            filter_mode=None,
            width=220,
        )
        text = st.text_input(_("Search in the log"), key="log_text", max_chars=100, width=280)
    return LogFilter(level or None, text.strip())
