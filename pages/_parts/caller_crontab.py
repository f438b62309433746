"""cron: the block, whether it is in the crontab, and buttons that put it there or take it out."""

from collections.abc import Callable

import streamlit as st

from pages._parts import html
from pages._parts.caller_files import refuse, show_file
from pages._parts.caller_truth import Latest, is_absent, show_truth
from pages._parts.context import Context, context
from pages._parts.fragments import ask
from sync_core.access.permissions import CONFIGURE, Actor, allows
from sync_core.base.errors import ConfigError, SyncError
from sync_core.base.i18n import _
from sync_core.schedule.caller_files import CRONTAB, caller_files
from sync_core.schedule.caller_state import INSTALLED, UNKNOWN, CallerState, caller_state
from sync_core.schedule.crontab_install import CrontabState, install_crontab, remove_crontab
from sync_core.store.engines import Databases

OUTCOME = "crontab_outcome"
Change = Callable[..., CrontabState]


def show_crontab(here: Context, actor: Actor, latest: Latest) -> None:
    state = caller_state(here.settings, actor, CRONTAB)
    show_truth(state, latest)
    _show_outcome()
    if not allows(actor, CONFIGURE):
        st.caption(_("An administrator sees the files here."))
        return
    try:
        block = caller_files(here.settings, actor, CRONTAB)["crontab"]
    except ConfigError as error:
        refuse(error)
        return
    show_file(CRONTAB, "crontab", block)
    if state.state != UNKNOWN:
        _offer(state, block.decode("utf-8"))


def _offer(state: CallerState, block: str) -> None:
    label = _("Install in the crontab") if is_absent(state) else _("Install as it should be")
    with st.container(horizontal=True):
        if state.state != INSTALLED and st.button(
            label, key="install_crontab", type="primary", icon=":material/install_desktop:"
        ):
            ask(_("Let cron call the schedule?"), "install_desktop", _install, state.place, block)
        if not is_absent(state) and st.button(
            _("Remove from the crontab"), key="remove_crontab", icon=":material/delete:"
        ):
            ask(_("Take it out of the crontab?"), "delete", _remove, state.place)


def _install(actor: Actor, account: str, block: str) -> None:
    told = _(
        "These lines go to the top of the crontab of {account}; no other line in it is changed. "
        "From the next minute on, syncs that are due start without anybody being there."
    )
    st.markdown(told.format(account=html.in_markdown(account)))
    st.code(block, language=None, wrap_lines=True)
    if st.button(_("Install it"), type="primary", key="dialog_install", icon=":material/check:"):
        _do(actor, install_crontab, _("Installed. cron calls from the next minute on."))


def _remove(actor: Actor, account: str) -> None:
    told = _(
        "Only the block of this installation goes out of the crontab of {account}. If nothing else "
        "calls the schedule, no sync starts by itself any more. Syncs that run now go on."
    )
    st.markdown(told.format(account=html.in_markdown(account)))
    if st.button(_("Remove it"), type="primary", key="dialog_remove", icon=":material/delete:"):
        _do(actor, remove_crontab, _("Removed from the crontab."))


def _do(actor: Actor, change: Change, sentence: str) -> None:
    here = context()
    databases: Databases = here.databases
    try:
        change(here.settings, databases, actor)
    except SyncError as error:
        st.error(_("The crontab was not changed as it should be."), icon=":material/error:")
        st.code(str(error), language=None, wrap_lines=True)
    else:
        st.session_state[OUTCOME] = sentence
        st.rerun()


def _show_outcome() -> None:
    sentence = st.session_state.pop(OUTCOME, "")
    if sentence:
        st.toast(sentence, icon=":material/check:")
