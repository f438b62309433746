"""Every page with every role: shown and in the navigation, or refused in words, as the table says.

What a tab that is open loses is tried on a real server, in `tests/faults`.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.navigation.page import StreamlitPage
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Element

from pages import _session
from pages._parts.explain import explain
from sync_core.access import matrix
from sync_core.access.permissions import ADMIN, ROLES, Actor, allows
from sync_core.base.settings import load
from sync_core.store.engines import Databases
from tests import seed
from tests.access.walk import ACTORS
from tests.conftest import ROOT

HOME = "overview"
BY_LINK = {"run"}
"""Pages of one thing, which the navigation names to nobody."""
WALKERS = {name: actor for name, actor in ACTORS.items() if name != "command line"}
"""Who may sit before a page; the command line does not."""

Open = Callable[[str, Actor | None], AppTest]


class Navigation:
    """The router's, which goes on as it is; what it was given is kept."""

    def __init__(self) -> None:
        self.pages: list[StreamlitPage] = []
        self._real = st.navigation

    def __call__(self, pages: Any, **options: Any) -> StreamlitPage:
        self.pages = [page for section in pages.values() for page in section]
        return self._real(pages, **options)

    def names(self, visibility: str = "") -> set[str]:
        return {
            page.url_path or HOME
            for page in self.pages
            if not visibility or page.visibility == visibility
        }


@pytest.fixture
def navigation(monkeypatch: pytest.MonkeyPatch) -> Navigation:
    navigation = Navigation()
    monkeypatch.setattr(st, "navigation", navigation)
    return navigation


@pytest.fixture
def databases() -> Iterator[Databases]:
    opened = seed.prepared(load())
    seed.add_campuses(opened)
    seed.add_faculty(opened, 3)
    seed.add_students(opened, 3)
    for source in seed.SOURCES:
        seed.add_success(opened, source)
        seed.add_ledger(opened, source, timedelta(hours=2))
    yield opened
    opened.dispose()


@pytest.fixture
def open_page(
    databases: Databases, navigation: Navigation, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Open]:
    def open_(page: str, actor: Actor | None) -> AppTest:
        monkeypatch.setattr(_session, "_find_actor", lambda *, seen: actor)
        app = AppTest.from_file(str(ROOT / "pages" / "_router.py"), default_timeout=30)
        if page != HOME:
            app.switch_page(f"{page}.py")
        return app.run()

    st.cache_data.clear()
    st.cache_resource.clear()
    yield open_
    st.cache_data.clear()
    st.cache_resource.clear()


def is_denied(app: AppTest) -> bool:
    return any(explain("denied").what in error.value for error in app.error)


def in_the_middle(app: AppTest) -> list[str]:
    """The kinds of elements on the page itself, without those of the sidebar."""
    return [found.type for found in app.main if isinstance(found, Element)]


def test_it_has_a_permission_for_every_page_that_there_is() -> None:
    there = {path.stem for path in Path(ROOT / "pages").glob("*.py") if path.stem[0] != "_"}
    assert there == set(matrix.PAGES)


def test_it_registers_every_page_of_the_table_and_no_other(
    open_page: Open, navigation: Navigation
) -> None:
    open_page(HOME, ACTORS[ADMIN])
    assert navigation.names() == set(matrix.PAGES)
    assert len(navigation.pages) == len(matrix.PAGES)


@pytest.mark.parametrize("role", WALKERS)
@pytest.mark.parametrize("page", matrix.PAGES)
def test_it_shows_a_page_exactly_to_whom_the_table_says(
    open_page: Open, navigation: Navigation, page: str, role: str
) -> None:
    actor = WALKERS[role]
    app = open_page(page, actor)

    assert not app.exception
    allowed = {name for name, needed in matrix.PAGES.items() if allows(actor, needed)}
    assert navigation.names("visible") == allowed - BY_LINK
    assert navigation.names() == set(matrix.PAGES)
    assert is_denied(app) == (page not in allowed)
    if page not in allowed:
        assert in_the_middle(app) == ["error", "code"]


@pytest.mark.parametrize("page", matrix.PAGES)
def test_it_shows_nothing_but_the_way_to_the_login_without_a_session(
    open_page: Open, navigation: Navigation, page: str
) -> None:
    app = open_page(page, None)
    assert not app.exception
    assert navigation.pages == []
    assert in_the_middle(app) == ["html"]
    assert 'href="/login"' in app.get("html")[0].proto.body
    assert not [found for found in app.sidebar if isinstance(found, Element)]


@pytest.mark.parametrize("role", ROLES)
def test_it_shows_each_role_a_page_of_its_own(open_page: Open, role: str) -> None:
    """Else the test above could pass with everything refused."""
    app = open_page(HOME, ACTORS[role])
    assert not is_denied(app)
    assert set(in_the_middle(app)) - {"error", "code"}
