"""The dialog before an export: what it says, what it offers to whom, when it makes an address."""

import re
from collections.abc import Callable

import pytest
import streamlit as st
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from pages import _session
from sync_core.access.permissions import ADMIN, OPERATOR, VIEWER, Actor
from sync_core.base.clock import utc_now
from sync_core.base.settings import load
from sync_core.inspect.export_tokens import requested
from sync_core.store.accounts import add_user
from sync_core.store.control_access import ExportToken
from sync_core.store.engines import Databases
from tests import seed
from tests.pages.screen import confirmed, keys, settled, words

REASON = "برای صدور کارت تازه"
TYPED = "بهاره"
LINK = re.compile(r'href="/download/people\?token=([\w-]+)"')

OpenButton = Callable[[str], tuple[AppTest, Actor]]


def page() -> None:
    from pages import _session
    from pages._parts.context import context
    from pages._parts.export_dialog import show_export_button
    from sync_core.engine.source import find_source
    from sync_core.inspect.people_filter import PeopleFilter

    source = find_source(context().settings, "students")
    show_export_button(_session.current_actor(), source, PeopleFilter(text="بهاره"))


@pytest.fixture
def open_button(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> OpenButton:
    seed.add_students(databases, 12)
    st.cache_resource.clear()

    def open_(role: str) -> tuple[AppTest, Actor]:
        with databases.control.write() as session:
            user = add_user(session, f"m.{role}", "no hash", role, utc_now())
            actor = Actor(user.name, role, user.id)
        monkeypatch.setattr(_session, "_find_actor", lambda *, seen: actor)
        return settled(AppTest.from_function(page, default_timeout=30).run()), actor

    return open_


def tokens(databases: Databases) -> int:
    with databases.control.read() as session:
        return len(session.scalars(select(ExportToken)).all())


def opened(app: AppTest) -> AppTest:
    return settled(app.button(key="export").click().run())


@pytest.mark.parametrize("role", [VIEWER, OPERATOR, ADMIN])
def test_it_says_how_many_rows_and_that_they_are_masked(
    open_button: OpenButton, databases: Databases, role: str
) -> None:
    app = opened(open_button(role)[0])

    assert re.search(r"\b2 ", words(app))
    assert {"export", "dialog_export"} <= keys(app)
    assert [box.key for box in app.checkbox] == (["export_unmasked"] if role == ADMIN else [])
    assert not LINK.search(words(app))
    assert tokens(databases) == 0


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_it_makes_an_address_that_says_nothing_of_the_filter(
    open_button: OpenButton, databases: Databases, kind: str
) -> None:
    app, actor = open_button(VIEWER)
    opened(app)
    app.radio(key="export_format").set_value(kind)
    confirmed(app, "export", "dialog_export")

    [token] = LINK.findall(words(app))
    assert TYPED not in token
    request = requested(load(), databases, actor, token)
    assert (request.source.name, request.format, request.reason) == ("students", kind, None)
    assert request.which.text == TYPED
    assert tokens(databases) == 1


def test_it_makes_none_with_personal_columns_without_a_reason(
    open_button: OpenButton, databases: Databases
) -> None:
    app, actor = open_button(ADMIN)
    opened(app)
    app.checkbox(key="export_unmasked").check()
    app.button(key="export").click().run()
    confirmed(app, "export", "dialog_export")
    assert [warning.value for warning in app.warning]
    assert tokens(databases) == 0

    app.text_input(key="export_reason").set_value(REASON)
    confirmed(app, "export", "dialog_export")

    [token] = LINK.findall(words(app))
    assert requested(load(), databases, actor, token).reason == REASON
