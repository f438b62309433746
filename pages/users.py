"""Who may log in, and as what. Passwords are set on the server's command line alone."""

import streamlit as st

from pages._parts import frame, html, user_dialogs, words
from pages._parts.context import context
from pages._session import current_actor
from sync_core.access.users import UserRow, list_users
from sync_core.base import jalali
from sync_core.base.i18n import _, ngettext


def main() -> None:
    actor = current_actor()
    frame.begin(_("Users and roles"), _("Who may log in, and what each may do."))
    if st.button(_("Add a user"), key="add_user", type="primary", icon=":material/person_add:"):
        user_dialogs.ask_to_add()
    for row in list_users(context().databases, actor):
        _show_user(row)
    st.caption(
        _("A forgotten password is set anew on the server: {command}").format(
            command="`python -m sync_core user passwd --one-time`"
        )
    )


def _show_user(row: UserRow) -> None:
    with st.container(
        border=True, horizontal=True, horizontal_alignment="distribute", key=f"user_{row.id}"
    ):
        frame.show(_told(row))
        if st.button(_("Change"), key=f"change_{row.id}", icon=":material/edit:"):
            user_dialogs.ask_to_change(row)


def _told(row: UserRow) -> str:
    state = "" if not row.disabled else _badge("failed", "block", _("Disabled"))
    waiting = _badge("attention", "key", _("One-time password")) if row.must_change else ""
    parts = [words.role_word(row.role), _last_login(row), _sessions(row)]
    spans = "".join(f"<span>{html.text(part)}</span>" for part in parts)
    return (
        f'<div class="hg-card-head" style="justify-content:flex-start">'
        f'<span class="hg-card-title">{html.own_direction(row.name)}</span>{state}{waiting}</div>'
        f'<div class="hg-meta">{spans}</div>'
    )


def _badge(tone: str, symbol: str, word: str) -> str:
    return f'<span class="hg-badge hg-{tone}">{html.icon(symbol)}{html.text(word)}</span>'


def _last_login(row: UserRow) -> str:
    if row.last_login_at is None:
        return _("has never logged in")
    return _("last login {age}").format(age=jalali.age(row.last_login_at))


def _sessions(row: UserRow) -> str:
    count = row.sessions
    return ngettext("{n} open session", "{n} open sessions", count).format(n=count)


main()
