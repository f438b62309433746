"""What a person sees when a page fails: what it means and what to do. Never a traceback."""

import logging
import secrets
import traceback

import streamlit as st

from pages._parts.explain import explain
from sync_core.base.errors import SyncError
from sync_core.base.i18n import _

log = logging.getLogger("hamgam.pages")


def show_error(error: Exception) -> bool:
    """Returns True: the error is shown, Streamlit need not show it again."""
    if isinstance(error, SyncError):
        _show_known(error)
    else:
        _show_unknown(error)
    return True


def _show_known(error: SyncError) -> None:
    meaning = explain(error.code)
    with st.container(border=True):
        st.error(f"**{meaning.what}**\n\n{meaning.todo}", icon=":material/error:")
        st.code(str(error), language=None, wrap_lines=True)


def _show_unknown(error: Exception) -> None:
    """The log gets the place but not the message: that may hold somebody's data."""
    number = secrets.token_hex(4)
    place = "".join(traceback.format_tb(error.__traceback__))
    log.error("Page error %s: %s\n%s", number, type(error).__name__, place)
    words = _("This page failed. Reload it; if it happens again, give this number to the IT team:")
    with st.container(border=True):
        st.error(words, icon=":material/error:")
        st.code(number, language=None)
