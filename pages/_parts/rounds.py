"""Fields that begin anew: their keys carry a number, and the next number makes new fields."""

import streamlit as st


def key(name: str, of: str) -> str:
    """Of a field; `of` is the form that counts."""
    return f"{name}_{st.session_state.get(of, 0)}"


def begin_anew(of: str) -> None:
    """New fields, filled from the newest version."""
    st.session_state[of] = st.session_state.get(of, 0) + 1
