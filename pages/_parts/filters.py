"""Filters that live in the address, so that a screen can be sent to a colleague."""

from collections.abc import Callable, Sequence
from typing import Literal

import streamlit as st

from sync_core.base.i18n import _

PAGE = "page"
FILTER_WIDTH: Literal["stretch"] = "stretch"
"""As wide as the columns of `.st-key-filters` in hamgam.css."""


def url_choice(
    label: str, name: str, options: Sequence[str], words: Callable[[str], str]
) -> str | None:
    """One of the options, or None for all of them. An unknown value in the address means all."""
    given = st.query_params.get(name)
    chosen = st.selectbox(
        label,
        ["", *options],
        index=options.index(given) + 1 if given in options else 0,
        format_func=lambda option: words(option) if option else _("All"),
        key=f"filter_{name}",
        on_change=to_first_page,
        filter_mode=None,
        width=FILTER_WIDTH,
    )
    if chosen:
        st.query_params[name] = chosen
    elif name in st.query_params:
        del st.query_params[name]
    return chosen or None


def url_one(label: str, name: str, options: Sequence[str], words: Callable[[str], str]) -> str:
    """One of the options, the first by default."""
    given = st.query_params.get(name)
    chosen = st.selectbox(
        label,
        options,
        index=options.index(given) if given in options else 0,
        format_func=words,
        key=f"filter_{name}",
        on_change=to_first_page,
        filter_mode=None,
        width=FILTER_WIDTH,
    )
    st.query_params[name] = chosen
    return chosen


def say_unknown(name: str, options: Sequence[str]) -> None:
    """Where the address asks for none of the options. `url_choice` leaves it out."""
    given = st.query_params.get(name)
    if given and given not in options:
        st.info(
            _("The address asks for something that is not here; it was left out."),
            icon=":material/info:",
        )


def url_number(name: str) -> int | None:
    """A whole number in the address, of no more digits than any database takes."""
    given = st.query_params.get(name, "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else None


def page_number(pages: int) -> int:
    """Shows nothing where there is one page. An address beyond the end means the first page."""
    if pages <= 1:
        return 1
    return min(st.pagination(pages, key=PAGE, bind="query-params"), pages)


def to_first_page() -> None:
    """For whatever changes which rows there are."""
    if PAGE in st.session_state:
        st.session_state[PAGE] = 1
