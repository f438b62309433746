"""Runs first at every visit and every click: session, navigation, then the page itself."""

import html
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from pages._errors import show_error
from pages._session import logout_address, require_login
from sync_core.access.permissions import ADMIN, OPERATOR, VIEWER, Actor
from sync_core.base.i18n import N_, _, language

HERE = Path(__file__).resolve().parent
ASSETS = HERE.parent / "assets"
ROLE_WORDS = {VIEWER: N_("Viewer"), OPERATOR: N_("Operator"), ADMIN: N_("Administrator")}


def main() -> None:
    st.set_page_config(page_title=_("Hamgam"), page_icon=str(ASSETS / "icon.svg"), layout="wide")
    try:
        actor = require_login()
        page = _navigation()
        st.set_page_config(f"{page.title} — {_('Hamgam')}")
        _show_sidebar(actor)
        page.run()
    except Exception as error:  # noqa: BLE001 - the page wrapper: nobody sees a traceback
        show_error(error)


def _navigation() -> StreamlitPage:
    return st.navigation(
        {
            _("Monitoring"): [
                _page("overview", _("Data sync"), "sync", home=True),
                _page("runs", _("Sync history"), "history"),
            ],
            _("Data"): [
                _page("faculty", _("Faculty members"), "groups"),
                _page("students", _("Students"), "school"),
            ],
            _("Settings"): [_page("schedule", _("Schedule"), "calendar_clock")],
        }
    )


def _page(name: str, title: str, icon: str, *, home: bool = False) -> StreamlitPage:
    return st.Page(
        HERE / f"{name}.py",
        title=title,
        icon=f":material/{icon}:",
        url_path="" if home else name,
        default=home,
    )


def _show_sidebar(actor: Actor) -> None:
    st.logo(ASSETS / f"logo-{language()}.svg", size="large", icon_image=ASSETS / "icon.svg")
    name, role = html.escape(actor.name), html.escape(_(ROLE_WORDS.get(actor.role, actor.role)))
    st.sidebar.html(
        f'<div class="hamgam-who"><span><bdi>{name}</bdi><small>{role}</small></span>'
        f'<a href="{html.escape(logout_address())}" target="_self">{html.escape(_("Log out"))}</a>'
        "</div>"
    )


main()
