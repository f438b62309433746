"""Markup in data is shown as it was written; a page without its database says so in Persian."""

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser

import pytest
import streamlit as st
from sqlalchemy import insert, update
from streamlit.testing.v1 import AppTest

from pages import _session
from sync_core.access.permissions import ADMIN, Actor
from sync_core.base.errors import Busy
from sync_core.base.settings import load
from sync_core.store.control import RunUnit
from sync_core.store.data import pardis
from sync_core.store.engines import Databases
from tests import seed
from tests.conftest import ROOT

MARKUP = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"' onmouseover=alert(1) x='\"",
    "</bdi></td></table><style>*{display:none}</style>",
    "&lt;b&gt;&#60;i&#62;&amp;",
    "{name} %s {0.__class__} \\n",
]
MARKDOWN = "![x](//evil.example/x.png)<b>[y](javascript:alert)"
TAGS = {
    *("a", "b", "bdi", "br", "caption", "dd", "div", "dl", "dt", "h2", "i", "li", "p", "small"),
    *("span", "strong", "table", "tbody", "td", "th", "thead", "time", "tr", "ul"),
}
"""What our own HTML is made of."""
ATTRIBUTES = {
    *("aria-hidden", "aria-label", "class", "dir", "href", "role", "scope", "style", "tabindex"),
    *("aria-labelledby", "id", "target", "title", "translate"),
}
PAGES = ("overview", "runs", "faculty", "students", "schedule")

Open = Callable[..., AppTest]


class Reader(HTMLParser):
    """What a browser would make of it."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.texts: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.texts += [value for _, value in attrs if value]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def says(self, text: str) -> bool:
        return any(text in said for said in self.texts)


@pytest.fixture
def databases() -> Iterator[Databases]:
    opened = seed.prepared(load())
    yield opened
    opened.dispose()


@pytest.fixture
def open_page(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    def open_(page: str = "overview", actor: str = "example", /, **address: str) -> AppTest:
        monkeypatch.setattr(_session, "_find_actor", lambda *, seen: Actor(actor, ADMIN, 1))
        app = AppTest.from_file(str(ROOT / "pages" / "_router.py"), default_timeout=60)
        for name, value in address.items():
            app.query_params[name] = value
        if page != "overview":
            app.switch_page(f"{page}.py")
        return app.run()

    st.cache_data.clear()
    st.cache_resource.clear()
    yield open_
    st.cache_data.clear()
    st.cache_resource.clear()


def html_of(app: AppTest) -> Reader:
    """Our own HTML but for the style sheet, which no data reaches."""
    assert not app.exception
    bodies = [element.proto.body for element in app.get("html")]
    return Reader("\n".join(body for body in bodies if "<style>" not in body[:200]))


def assert_harmless(app: AppTest, *shown: str) -> None:
    reader = html_of(app)
    assert reader.tags <= TAGS
    assert reader.attributes <= ATTRIBUTES
    for text in shown:
        assert reader.says(text), text


@pytest.mark.parametrize("markup", MARKUP)
def test_it_shows_markup_of_a_run_as_text(
    open_page: Open, databases: Databases, markup: str
) -> None:
    bad = seed.add_failure(
        databases, "faculty", "gateway", error_message=markup, requested_by=markup
    )
    seed.add_units(databases, bad)
    with databases.control.write() as session:
        broken = {"unit": markup, "status": "failed", "error_message": markup}
        session.execute(update(RunUnit).where(RunUnit.unit == "4051/1110").values(broken))
    load().run_log(bad).write_text(f"2026-11-23T09:00:00Z INFO    {markup}\n", encoding="utf-8")

    assert_harmless(open_page(), markup)
    assert_harmless(open_page("runs"), markup)
    page = open_page("run", id=str(bad))
    assert_harmless(page, markup)
    note, log = page.code
    assert markup in note.value
    assert markup in log.value


@pytest.mark.parametrize("markup", MARKUP)
def test_it_shows_markup_of_a_run_that_goes_on_as_text(
    open_page: Open, databases: Databases, markup: str
) -> None:
    with databases.data.write() as session:
        session.execute(insert(pardis).values(pardis_code="1120", name=markup))
    seed.add_running(databases, "students", requested_by=markup)
    seed.add_running(databases, "faculty", current_unit=markup)

    assert_harmless(open_page("overview", markup), markup)


@pytest.mark.parametrize("markup", MARKUP)
def test_it_shows_markup_of_people_as_text(
    open_page: Open, databases: Databases, markup: str
) -> None:
    seed.add_faculty(databases, 1, name=markup, family=markup, field=markup, city=markup)

    assert_harmless(open_page("faculty"), markup)


@pytest.mark.parametrize("address", ["id", "source", "status", "page", "rows"])
def test_it_shows_no_markup_of_the_address(
    open_page: Open, databases: Databases, address: str
) -> None:
    seed.add_history(databases, "faculty", 30)
    for page in ("runs", "faculty"):
        assert_harmless(open_page(page, **{address: MARKUP[0]}))


def test_it_makes_no_picture_of_a_persons_name(
    open_page: Open, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sentences of Streamlit's own are Markdown: a name in them must not be."""
    from pages._parts import start_dialog

    run_id = seed.add_running(databases, "students", requested_by=MARKDOWN)

    def refuse(*_: object, **__: object) -> int:
        raise Busy("Another run of faculty is active.", run_id=run_id, source="faculty")

    monkeypatch.setattr(start_dialog, "start_run", refuse)
    app = open_page().button(key="sync_faculty").click().run()
    app.button(key="sync_faculty").click()
    app.button(key="dialog_start").click()
    app.run()

    [warning] = app.warning
    assert "![x]" not in warning.value
    assert MARKDOWN in re.sub(r"\\(.)", r"\1", warning.value)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("lost", ["hamgam.db", "data.db"])
def test_it_says_in_persian_that_the_database_is_gone(
    open_page: Open, databases: Databases, page: str, lost: str
) -> None:
    databases.dispose()
    file = load().home / lost
    for part in file.parent.glob(f"{lost}-*"):
        part.unlink()
    file.write_bytes(b"this is no database" * 99)

    app = open_page(page)

    assert not app.exception
    [error] = app.error
    assert "پایگاه داده" in error.value
    [code] = app.code
    assert "Traceback" not in code.value
