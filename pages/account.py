"""My account: who I am here, where I am logged in, and the way to another password."""

import streamlit as st

from pages import _session
from pages._parts import frame, html, words
from pages._parts.context import context
from pages._session import current_actor
from sync_core.access.open_sessions import (
    SessionRow,
    end_own_others,
    end_own_session,
    own_sessions,
)
from sync_core.access.permissions import Actor
from sync_core.base import jalali
from sync_core.base.i18n import _


def main() -> None:
    actor = current_actor()
    frame.begin(_("My account"))
    _show_who(actor)
    frame.heading(_("Where I am logged in"))
    rows = own_sessions(context().databases, actor)
    for number, row in enumerate(rows):
        _show_session(actor, row, number)
    others = [row for row in rows if row.id != _session.session_id()]
    if others and st.button(
        _("Log out everywhere else"), key="end_others", icon=":material/logout:"
    ):
        end_own_others(context().databases, actor, _session.session_id() or "")
        st.rerun()


def _show_who(actor: Actor) -> None:
    with st.container(border=True, key="who"):
        frame.show(
            f'<span class="hg-card-title">{html.own_direction(actor.name)}</span>'
            f'<div class="hg-meta"><span>{html.text(words.role_word(actor.role))}</span></div>'
            f"<p>{html.text(words.role_meaning(actor.role))}</p>"
        )
        frame.show(html.button_link("/password", "key", _("Change the password")))


def _show_session(actor: Actor, row: SessionRow, number: int) -> None:
    here = row.id == _session.session_id()
    with st.container(
        border=True, horizontal=True, horizontal_alignment="distribute", key=f"session_{number}"
    ):
        frame.show(_told(row, here=here))
        if not here and st.button(_("Log out there"), key=f"end_session_{number}"):
            end_own_session(context().databases, actor, row.id)
            st.rerun()


def _told(row: SessionRow, *, here: bool) -> str:
    title = _("This browser") if here else _("Another browser")
    parts = [
        _("logged in {age}").format(age=jalali.age(row.created_at)),
        _("last active {age}").format(age=jalali.age(row.last_seen_at)),
    ]
    spans = "".join(f"<span>{html.text(part)}</span>" for part in parts)
    address = f"<span>{html.ltr(row.address)}</span>" if row.address else ""
    agent = f'<div class="hg-dim hg-agent">{html.ltr(row.agent)}</div>' if row.agent else ""
    return (
        f'<span class="hg-card-title">{html.text(title)}</span>'
        f'<div class="hg-meta">{spans}{address}</div>{agent}'
    )


main()
