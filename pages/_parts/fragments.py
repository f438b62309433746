"""Parts of a page that run by themselves. Each asks first who sits there; there are no others."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from pages import _session

Body = Callable[..., None]
"""Gets the actor of today first, then what it was called with."""


def polled(every_s: float) -> Callable[[Body], Body]:
    """A part that runs again every so often. That is nobody's activity."""

    def made(body: Body) -> Body:
        def run(*given: Any) -> None:
            body(_session.current_actor(), *given)

        return st.fragment(run, run_every=every_s)

    return made


def ask(title: str, icon: str, body: Body, *given: Any) -> None:
    """Opens a dialog. What is done in it is activity; afterwards the page behind is made new."""

    def run() -> None:
        body(_session.current_actor(seen=True), *given)

    st.dialog(title, icon=f":material/{icon}:", on_dismiss="rerun")(run)()
