"""The main job in a real browser: log in, start a sync, watch it finish, see the rows."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import text

from tests.e2e.browser import DESKTOP, PATIENCE_MS, PHONE, Theme, Visitor
from tests.engine.gateway_process import GatewayProcess
from tests.engine.oracle import expected_faculty
from tests.pages.web_server import WebServer

pytestmark = pytest.mark.e2e

PAGES = {
    "overview": "/",
    "runs": "/runs",
    "run": "/runs?id=1",
    "faculty": "/faculty",
    "students": "/students",
    "schedule": "/schedule",
}
SCREENS: dict[str, tuple[tuple[int, int], Theme]] = {
    "light": (DESKTOP, "light"),
    "dark": (DESKTOP, "dark"),
    "phone": (PHONE, "light"),
}


def scalar(server: WebServer, query: str) -> int:
    with server.databases.data.read() as session:
        return int(session.execute(text(query)).scalar_one())


def sync(visitor: Visitor, source: str) -> None:
    """Click, confirm, watch the run go on without a reload, and see it end well."""
    page = visitor.page
    card = page.locator(f".st-key-card_{source}")
    card.locator(f".st-key-sync_{source} button").click()
    page.locator(".st-key-dialog_start button").click()
    expect(card.locator("[data-testid=stProgress]")).to_be_visible(timeout=PATIENCE_MS)
    expect(card.locator(".hg-badge")).to_contain_text("موفق", timeout=PATIENCE_MS)


def test_it_syncs_both_sources_from_the_screen_and_shows_their_rows(
    browser: Browser, server: WebServer, gateway: GatewayProcess, artefacts: Path
) -> None:
    visitor = Visitor(browser, server)
    expect(visitor.page.locator("html")).to_have_attribute("dir", "rtl")

    sync(visitor, "faculty")
    sync(visitor, "students")

    members = len(expected_faculty(gateway.world))
    assert scalar(server, "SELECT count(*) FROM faculty") == members
    page = visitor.open("/faculty")
    expect(page.locator("tbody tr")).to_have_count(50)
    expect(page.locator(".hg-meta")).to_contain_text(f"{members:,}")
    students = scalar(server, "SELECT count(*) FROM Students")
    expect(visitor.open("/students").locator(".hg-meta")).to_contain_text(f"{students:,}")
    expect(visitor.open("/runs").locator("tbody tr")).to_have_count(2)
    _take_pictures(visitor, artefacts)
    assert visitor.hosts == {"127.0.0.1"}


def _take_pictures(visitor: Visitor, artefacts: Path) -> None:
    """Every page in both themes and on a phone, none of them wider than its screen."""
    for name, path in PAGES.items():
        visitor.open(path)
        for screen, (size, theme) in SCREENS.items():
            visitor.look_as(size, theme)
            width = visitor.picture(artefacts / f"{name}_{screen}.png")
            assert width <= size[0], f"{name} is cut on the {screen} screen"
