"""What is true of one caller: installed, as it should be, and whether it really comes."""

from collections.abc import Mapping

import streamlit as st

from pages._parts import html
from pages._parts.caller_words import ICONS, STATES, part_word
from sync_core.base import jalali
from sync_core.base.i18n import _
from sync_core.inspect.overview import is_silent
from sync_core.schedule.caller_state import ABSENT, DIFFERENT, INSTALLED, CallerState
from sync_core.schedule.callers import Call

Latest = Mapping[str, Call]


def show_truth(state: CallerState, latest: Latest) -> None:
    told = [_(STATES[state.state])]
    told += [f"- {html.in_markdown(part_word(part))}" for part in state.differing]
    box = {INSTALLED: st.success, DIFFERENT: st.warning}.get(state.state, st.info)
    box("\n".join(told), icon=f":material/{ICONS[state.state]}:")
    if state.trouble is not None:
        st.code(str(state.trouble), language=None, wrap_lines=True)
    show_last_call(latest.get(state.caller), installed=state.state in {INSTALLED, DIFFERENT})
    found = [part for part in state.differing if part.found or part.wanted]
    if found:
        with st.expander(_("What is there, and what should be")):
            for part in found:
                st.code(f"- {part.found}\n+ {part.wanted}", language="diff", wrap_lines=True)


def show_last_call(call: Call | None, *, installed: bool) -> None:
    if call is None:
        told = _("It has not come yet.")
        if installed:
            told = _("It has not come yet. Give it two minutes; then see whether it runs at all.")
        st.caption(told)
        return
    told = _("It last came {age} ({time}), on {host}.").format(
        age=jalali.age(call.at),
        time=jalali.full_time(call.at),
        host=html.in_markdown(call.host),
    )
    if is_silent(call.at) and installed:
        silent = _("It is installed, but silent since then. See whether it still runs.")
        st.warning(f"{told} {silent}", icon=":material/notifications_off:")
    else:
        st.caption(told)


def is_absent(state: CallerState) -> bool:
    return state.state == ABSENT
