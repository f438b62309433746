"""The dialogs about users: add one, or change one's role, access and sessions."""

from collections.abc import Callable

import streamlit as st

from pages._parts import html, words
from pages._parts.context import context
from pages._parts.fragments import ask
from sync_core.access.open_sessions import end_sessions_of
from sync_core.access.passwords import one_time
from sync_core.access.permissions import ROLES, Actor
from sync_core.access.users import UserRow, add_user, change_role, set_disabled
from sync_core.base.errors import ConfigError
from sync_core.base.i18n import _


def ask_to_add() -> None:
    ask(_("Add a user"), "person_add", _add)


def ask_to_change(row: UserRow) -> None:
    ask(_("User {name}").format(name=html.in_markdown(row.name)), "edit", _change, row)


def _add(actor: Actor) -> None:
    name = st.text_input(_("User name"), key="new_user_name", max_chars=100).strip()
    role = _role("new_user_role", ROLES[0])
    st.caption(words.role_meaning(role))
    if not st.button(_("Add"), type="primary", key="dialog_add_user"):
        return
    password = one_time()
    try:
        add_user(context().databases, actor, name, password, role, must_change=True)
    except ConfigError:
        st.error(
            _("Nobody was added. A name has no space and no colon, and nobody else has it."),
            icon=":material/error:",
        )
        return
    st.success(
        _("Added. Give this one-time password to the person; it is shown this once:"),
        icon=":material/check_circle:",
    )
    st.code(password, language=None)


def _change(actor: Actor, row: UserRow) -> None:
    here = context().databases
    role = _role(f"role_{row.id}", row.role)
    st.caption(words.role_meaning(role))
    st.caption(_("Each of these ends the person's sessions: they have to log in again."))
    if st.button(_("Save the role"), key="dialog_role", type="primary", disabled=role == row.role):
        _try(lambda: change_role(here, actor, row.name, role))
    with st.container(horizontal=True):
        if row.disabled:
            if st.button(_("Enable"), key="dialog_enable", icon=":material/check:"):
                _try(lambda: set_disabled(here, actor, row.name, False))
        elif st.button(_("Disable"), key="dialog_disable", icon=":material/block:"):
            _try(lambda: set_disabled(here, actor, row.name, True))
        if st.button(
            _("Log out everywhere"),
            key="dialog_logout",
            icon=":material/logout:",
            disabled=not row.sessions,
        ):
            _try(lambda: end_sessions_of(here, actor, row.name))


def _role(key: str, present: str) -> str:
    return str(
        st.selectbox(
            _("Role"),
            ROLES,
            index=ROLES.index(present) if present in ROLES else 0,
            format_func=words.role_word,
            key=key,
            filter_mode=None,
        )
    )


def _try(change: Callable[[], object]) -> None:
    try:
        change()
    except ConfigError:
        st.error(
            _("This is the last administrator. Make somebody else one first."),
            icon=":material/error:",
        )
    else:
        st.rerun()
