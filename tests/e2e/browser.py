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
    """A person at a screen of a given size and theme, who has logged in."""

    def __init__(
        self,
        browser: Browser,
        server: WebServer,
        size: tuple[int, int] = DESKTOP,
        theme: Theme = "light",
    ) -> None:
        self.server = server
        self.hosts: set[str | None] = set()
        width, height = size
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=theme, locale="en-US"
        )
        self.page: Page = context.new_page()
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

    def picture(self, file: Path) -> int:
        """The whole page, which scrolls inside a box of the window; its width in pixels."""
        size = self.page.viewport_size or {"width": 0, "height": 0}
        box = "document.querySelector('[data-testid=stMain]')"
        height = self.page.evaluate(f"{box}.scrollHeight")
        self.page.set_viewport_size({"width": size["width"], "height": max(height, size["height"])})
        self.page.screenshot(path=file)
        width: int = self.page.evaluate("document.documentElement.scrollWidth")
        self.page.set_viewport_size(size)
        return width
