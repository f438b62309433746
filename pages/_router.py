"""Runs first at every visit and every click: session, navigation, then the page itself."""

import html
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from pages._errors import show_error
from pages._parts import words
from pages._parts.context import context
from pages._session import logout_address, require_login
from sync_core.access import matrix
from sync_core.access.permissions import SEE, Actor, allows, require
from sync_core.alerts.inbox import unread_count
from sync_core.base.i18n import _, language, ngettext

HERE = Path(__file__).resolve().parent
ASSETS = HERE.parent / "assets"
HOME = "overview"


def main() -> None:
    st.set_page_config(page_title=_("Hamgam"), page_icon=str(ASSETS / "icon.svg"), layout="wide")
    try:
        actor = require_login()
        page = _navigation(actor)
        st.set_page_config(" — ".join((page.title, _("Hamgam"))))
        _show_sidebar(actor)
        require(actor, matrix.PAGES[page.url_path or HOME])
        page.run()
    except Exception as error:  # noqa: BLE001 - the page wrapper: nobody sees a traceback
        show_error(error)


def _navigation(actor: Actor) -> StreamlitPage:
    """Pages that the role may not see are left out of it, but answer their address in words."""
    return st.navigation(
        {
            _("Monitoring"): [
                _page(actor, HOME, _("Data sync"), "sync"),
                _page(actor, "runs", _("Sync history"), "history"),
                _page(actor, "inbox", _("Alerts"), "notifications"),
                _page(actor, "run", _("Run"), "play_circle", hidden=True),
            ],
            _("Data"): [
                _page(actor, "faculty", _("Faculty members"), "groups"),
                _page(actor, "students", _("Students"), "school"),
                _page(actor, "changes", _("Changes"), "difference"),
                _page(actor, "quality", _("Data quality"), "rule"),
            ],
            _("Settings"): [
                _page(actor, "schedule", _("Schedule"), "calendar_clock"),
                _page(actor, "settings", _("Settings"), "settings"),
                _page(actor, "users", _("Users and roles"), "manage_accounts"),
                _page(actor, "audit", _("Audit log"), "fact_check"),
                _page(actor, "account", _("My account"), "account_circle"),
            ],
        }
    )


def _page(actor: Actor, name: str, title: str, icon: str, *, hidden: bool = False) -> StreamlitPage:
    return st.Page(
        HERE / f"{name}.py",
        title=title,
        icon=f":material/{icon}:",
        url_path="" if name == HOME else name,
        default=name == HOME,
        visibility="hidden" if hidden or not allows(actor, matrix.PAGES[name]) else "visible",
    )


def _show_sidebar(actor: Actor) -> None:
    st.logo(ASSETS / f"logo-{language()}.svg", size="large", icon_image=ASSETS / "icon.svg")
    name, role = html.escape(actor.name), html.escape(words.role_word(actor.role))
    leave = html.escape(_("Log out"))
    st.sidebar.html(
        f'<div class="hamgam-who"><span><bdi>{name}</bdi><small>{role}</small></span>'
        f'<a href="{html.escape(logout_address())}" target="_self">{leave}</a>'
        "</div>"
    )
    _show_unread(actor)


def _show_unread(actor: Actor) -> None:
    """How many alerts this person has not read; nothing where there is none."""
    unread = unread_count(context().databases, actor) if allows(actor, SEE) else 0
    if unread:
        told = ngettext("{n} unread alert", "{n} unread alerts", unread).format(n=unread)
        st.sidebar.page_link(HERE / "inbox.py", label=told, icon=":material/notifications_unread:")


main()
