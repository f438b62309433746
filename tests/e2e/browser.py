"""A real browser before a real dashboard: one login, and a note of every host it asks."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

from tests.pages.web_server import NAME, PASSWORD, WebServer

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESKTOP, PHONE = (1280, 900), (390, 844)
PATIENCE_MS = 60_000

Theme = Literal["light", "dark"]


@contextmanager
def running_browser(path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        try:
            yield browser
        finally:
            browser.close()


class Visitor:
    """A person who has logged in, at a desktop in the light theme."""

    def __init__(self, browser: Browser, server: WebServer) -> None:
        self.server = server
        self.hosts: set[str | None] = set()
        self.page: Page = browser.new_context(locale="en-US").new_page()
        self.look_as(DESKTOP, "light")
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.on("request", lambda request: self.hosts.add(urlsplit(request.url).hostname))
        self._log_in()

    def _log_in(self) -> None:
        self.page.goto(self.server.url)
        self.page.fill("#name", NAME)
        self.page.fill("#password", PASSWORD)
        self.page.click("button[type=submit]")
        self.settle()

    def open(self, path: str) -> Page:
        self.page.goto(self.server.url + path)
        self.settle()
        return self.page

    def settle(self) -> None:
        """Until the page is drawn, no script runs and the fonts are there."""
        self.page.wait_for_selector("[data-testid=stHeading], .hg-empty")
        self.page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
        self.page.evaluate("() => document.fonts.ready.then(() => true)")

    def look_as(self, size: tuple[int, int], theme: Theme) -> None:
        """The same page on another screen, or with the system's other theme."""
        self.page.emulate_media(color_scheme=theme)
        self.page.set_viewport_size({"width": size[0], "height": size[1]})

    def picture(self, file: Path) -> int:
        """The whole page, which scrolls inside a box of the window; its width in pixels."""
        size = self.page.viewport_size or {"width": 0, "height": 0}
        inside = self.page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
        self.page.set_viewport_size({**size, "height": max(inside, size["height"])})
        self.page.screenshot(path=file)
        width: int = self.page.evaluate("document.documentElement.scrollWidth")
        return width
