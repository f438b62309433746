"""Who sits before this page. The session row is looked up again each time, never remembered."""

import html
from typing import NoReturn

import streamlit as st

from pages._parts.context import context
from sync_core.access.cookies import Seal
from sync_core.access.keys import secret_key
from sync_core.access.permissions import Actor
from sync_core.access.sessions import find_actor
from sync_core.base.i18n import _

BY_ITSELF = "the page was run again by itself"


def current_actor(*, seen: bool = False) -> Actor:
    """For pages and every fragment. Without a session the whole page gives way to the login.

    `seen`: a person did something, which counts against the idle limit.
    """
    actor = _find_actor(seen=seen)
    if actor is None:
        rerun_by_itself()  # the router comes first in every full run, and stops there
    return actor


def require_login() -> Actor:
    """For the router alone: shows the way to the login and stops where the session is gone."""
    actor = _find_actor(seen=not st.session_state.pop(BY_ITSELF, False))
    if actor is None:
        _show_login_link()
        st.stop()
    return actor


def rerun_by_itself() -> NoReturn:
    """The whole page again, though nobody did anything: it keeps no abandoned screen logged in."""
    st.session_state[BY_ITSELF] = True
    st.rerun()


def logout_address() -> str:
    """A link that only our own page can make, so that no other site can log anybody out."""
    known = session_id() or ""
    seal = Seal(secret_key(context().settings, "web"))
    return f"/logout?proof={seal.logout_proof(known)}"


def session_id() -> str | None:
    """What the gate put into the trusted header when the websocket was opened."""
    known = st.user.get("session")
    return known if isinstance(known, str) else None


def _find_actor(*, seen: bool) -> Actor | None:
    known = session_id()
    return find_actor(context().databases, known, seen=seen) if known else None


def _show_login_link() -> None:
    words, link = html.escape(_("You are logged out.")), html.escape(_("Log in again"))
    st.html(
        '<div class="hamgam-away" role="alert">'
        f'<p>{words}</p><a href="/login" target="_self">{link}</a></div>'
    )
