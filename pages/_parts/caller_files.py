"""The files of callers that are installed by their own tools: to copy, take away and install."""

import shlex
import sys
from urllib.parse import urlencode

import streamlit as st

from pages._parts import frame, html
from pages._parts.caller_truth import Latest, show_truth
from pages._parts.context import Context
from sync_core.access.permissions import CONFIGURE, Actor, allows
from sync_core.base.errors import ConfigError
from sync_core.base.i18n import N_, _
from sync_core.schedule.caller_downloads import PATH
from sync_core.schedule.caller_files import (
    SYSTEMD_SYSTEM,
    SYSTEMD_USER,
    WINDOWS_TASK,
    caller_commands,
    caller_files,
    folder_of,
    write_caller_files,
)
from sync_core.schedule.caller_state import caller_state

SCOPES = {
    SYSTEMD_SYSTEM: N_("For the whole machine (needs root)"),
    SYSTEMD_USER: N_("For this account alone"),
}


def show_systemd(here: Context, actor: Actor, latest: Latest) -> None:
    kind = st.segmented_control(
        _("Where"),
        list(SCOPES),
        default=SYSTEMD_SYSTEM,
        required=True,
        format_func=lambda one: _(SCOPES[one]),
        key="systemd_scope",
    )
    show_truth(caller_state(here.settings, actor, kind), latest)
    if kind == SYSTEMD_USER:
        st.caption(_("Without the last command the timer ends when this account logs out."))
    _show_files(here, actor, kind)


def show_windows(here: Context, actor: Actor, latest: Latest) -> None:
    if sys.platform != "win32":
        st.caption(_("This server does not run Windows: there is nothing to install here."))
    show_truth(caller_state(here.settings, actor, WINDOWS_TASK), latest)
    st.markdown(
        _(
            "The command asks for the account's password, which Windows keeps and Hamgam never "
            "sees: the task then runs whether or not somebody is logged on. Without `/RU` and "
            "`/RP` it runs only while you are logged on. Call it in the Command Prompt."
        )
    )
    _show_files(here, actor, WINDOWS_TASK)


def _show_files(here: Context, actor: Actor, kind: str) -> None:
    if not allows(actor, CONFIGURE):
        st.caption(_("An administrator sees the files here."))
        return
    try:
        files = caller_files(here.settings, actor, kind)
        commands = caller_commands(here.settings, actor, kind)
    except ConfigError as error:
        refuse(error)
        return
    for name, content in files.items():
        show_file(kind, name, content)
    _offer_to_write(here, actor, kind)
    st.markdown(_("To install:"))
    _show_commands(kind, commands.install)
    with st.expander(_("To remove it again")):
        _show_commands(kind, commands.remove)


def show_file(kind: str, name: str, content: bytes) -> None:
    encoding = "utf-16" if kind == WINDOWS_TASK else "utf-8"
    st.code(content.decode(encoding), language=None, wrap_lines=True, height=220)
    address = f"{PATH}?{urlencode({'kind': kind, 'name': name})}"
    label = _("Download {file}").format(file=name)
    frame.show(html.button_link(html.text(address), "download", label))


def refuse(error: ConfigError) -> None:
    st.error(_("This installation cannot be called this way."), icon=":material/error:")
    st.code(str(error), language=None, wrap_lines=True)


def _offer_to_write(here: Context, actor: Actor, kind: str) -> None:
    folder = html.ltr(folder_of(here.settings, kind))
    told = html.text(_("The commands below read the files in this folder; write them first:"))
    frame.show(f'<div class="hg-meta">{told} {folder}</div>')
    if st.button(_("Write the files"), key=f"write_{kind}", icon=":material/edit_document:"):
        write_caller_files(here.settings, actor, kind)
        st.toast(_("The files were written."), icon=":material/check:")


def _show_commands(kind: str, commands: list[list[str]]) -> None:
    lines = [" ".join(words) if kind == WINDOWS_TASK else shlex.join(words) for words in commands]
    st.code("\n".join(lines), language=None, wrap_lines=True)
