"""Every page on every screen, also with a dialog open: whole, and without a fault for axe-core."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.axe import STREAMLITS, Known, faults
from tests.e2e.browser import OURS, Visit, Visitor, fill_in_login
from tests.e2e.past import partial_run
from tests.e2e.screens import PAGES, SCREENS
from tests.pages.web_server import NAME, PASSWORD, WebServer

pytestmark = pytest.mark.e2e

THEMES = ("light", "dark")
RULES = {"dark": ("color-contrast",), "phone_dark": ("color-contrast",)}
"""A theme changes colours alone: in the second, only they are looked at again."""

DIALOGS = {
    "/": (".st-key-sync_faculty button", ".st-key-stop_students button"),
    "/users": (".st-key-add_user button",),
}


class Looker:
    """Looks at what is open; keeps what is wrong there, and what of Streamlit's was excused."""

    def __init__(self, visitor: Visitor, folder: Path) -> None:
        self.visitor, self.folder = visitor, folder
        self.wrong: dict[str, list[str]] = {}
        self.excused = set[Known]()

    def look(self, name: str, screens: tuple[str, ...] = tuple(SCREENS)) -> None:
        for screen in screens:
            size, theme = SCREENS[screen]
            self.visitor.look_as(size, theme)
            width = self.visitor.picture(self.folder / f"{name}_{screen}.png")
            found, excused = faults(self.visitor.page, *RULES.get(screen, ()))
            if width > size[0]:
                found.append(f"it is {width} pixels wide")
            self.wrong |= {f"{name}_{screen}": found} if found else {}
            self.excused |= excused
        self.visitor.look_as(*SCREENS["light"])


def test_it_shows_every_page_whole_and_without_a_serious_fault(
    visit: Visit, old_server: WebServer, artefacts: Path
) -> None:
    visitor = visit(old_server)
    looker = Looker(visitor, artefacts)
    run = f"/run?id={partial_run(old_server)}"
    for name, path in {**PAGES, "run": run}.items():
        visitor.open(path)
        looker.look(name)
    visitor.open("/runs?status=pending&source=faculty")
    looker.look("no_runs", THEMES)
    visitor.open("/run?id=999999")
    looker.look("no_run", THEMES)
    for name in tabs(visitor, run):
        looker.look(name, THEMES)
    for name in dialogs(visitor, {**DIALOGS, run: (".st-key-retry button",)}):
        looker.look(name, THEMES)

    assert looker.wrong == {}
    assert looker.excused == set(STREAMLITS), "what is mended since need not be excused"
    assert visitor.hosts == OURS


def tabs(visitor: Visitor, run: str) -> Iterator[str]:
    """Opens one after the other, but the first: that is open with the page."""
    found = visitor.open(run).get_by_role("tab")
    for place in range(1, found.count()):
        found.nth(place).click()
        visitor.settle()
        yield f"run_tab_{place}"


def dialogs(visitor: Visitor, of: dict[str, tuple[str, ...]]) -> Iterator[str]:
    for path, buttons in of.items():
        for button in buttons:
            visitor.open(path).locator(button).click()
            dialog = visitor.page.get_by_role("dialog")
            expect(dialog.locator("[class*=st-key-dialog_] button").first).to_be_visible()
            yield "dialog_" + button.removeprefix(".st-key-").removesuffix(" button")


def test_it_has_no_serious_fault_on_the_pages_before_it(
    browser: Browser, old_server: WebServer
) -> None:
    page = browser.new_context().new_page()
    wrong: dict[str, list[str]] = {}
    for name in plain_pages(page, old_server):
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            found, _ = faults(page)
            wrong |= {f"{name}, {theme}": found} if found else {}
    page.context.close()
    assert wrong == {}


def plain_pages(page: Page, server: WebServer) -> Iterator[str]:
    page.goto(f"{server.url}/login")
    yield "login"
    fill_in_login(page, NAME, "not the password")
    yield "login, refused"
    fill_in_login(page, NAME, PASSWORD)
    expect(page.locator("[data-testid=stHeading]").first).to_be_visible()
    for path in ("/password", "/logout"):
        page.goto(server.url + path)
        yield path
