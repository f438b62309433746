"""Databases with nothing in them, and pages opened as somebody with a role."""

from collections.abc import Iterator

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from pages import _session
from sync_core.access.permissions import ADMIN, Actor
from sync_core.base.settings import load
from sync_core.store.engines import Databases
from tests import seed
from tests.conftest import ROOT
from tests.pages.screen import Open, settled


@pytest.fixture
def databases() -> Iterator[Databases]:
    opened = seed.prepared(load())
    yield opened
    opened.dispose()


@pytest.fixture
def open_page(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Opens a page as somebody with a role; `address` is its query."""

    def open_(page: str = "overview", role: str = ADMIN, /, **address: str) -> AppTest:
        actor = Actor("example", role, 1)
        monkeypatch.setattr(_session, "_find_actor", lambda *, seen: actor)
        app = AppTest.from_file(str(ROOT / "pages" / "_router.py"), default_timeout=30)
        for name, value in address.items():
            app.query_params[name] = value
        if page != "overview":
            app.switch_page(f"{page}.py")
        return settled(app.run())

    st.cache_data.clear()
    st.cache_resource.clear()
    yield open_
    st.cache_data.clear()
    st.cache_resource.clear()
