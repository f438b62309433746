"""How every page begins: its look, its title, a line that says what it is for."""

from pathlib import Path

import streamlit as st

from pages._parts import html

LOOK = Path(__file__).with_name("look.css")


def begin(title: str, purpose: str = "") -> None:
    st.html(LOOK)
    st.title(title, anchor=False)
    if purpose:
        st.caption(purpose)


def heading(title: str) -> None:
    """Of a part of the page: the level right below the page's title."""
    st.header(title, anchor=False)


def show(body: str) -> None:
    """Own HTML, already escaped."""
    st.html(f'<div class="hg">{body}</div>')


def empty(symbol: str, sentence: str, advice: str) -> None:
    """An empty state: what is not there, and what to do next."""
    words = f"{html.text(sentence)}<br>{html.text(advice)}"
    show(f'<div class="hg-empty">{html.icon(symbol)}{words}</div>')
