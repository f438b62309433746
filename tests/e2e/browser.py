"""A real browser before a real dashboard: one login, and a note of every host it asks."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, Protocol
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright

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
OURS = {"127.0.0.1"}
"""The one host that may be asked."""

# A chart that is not drawn yet is busy; the sidebar slides away when the window becomes narrow.
# What moves is waited for, but not for ever: a movement that stands still never says that it ended.
QUIET_PAGE = """async (patience) => {
  const late = (what) => new Promise(
    (_, refuse) => setTimeout(() => refuse(Error(what)), patience));
  await Promise.race([document.fonts.ready, late("The fonts did not come.")]);
  const moves = document.getAnimations().filter(
    (one) => one.effect.getComputedTiming().endTime !== Infinity);
  const ended = Promise.allSettled(moves.map((one) => one.finished));
  await Promise.race([ended, late("Something moves that never ends.")]).catch(() =>
    moves.forEach((one) => one.finish()));
}"""

Theme = Literal["light", "dark"]

expect.set_options(timeout=PATIENCE_MS / 2)


@contextmanager
def running_browser(path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        try:
            yield browser
        finally:
            browser.close()


class Visitor:
    """A person at a desktop in the light theme; logs in where the browser has not yet."""

    def __init__(self, context: BrowserContext, server: WebServer, path: str = "/") -> None:
        self.server = server
        self.hosts: set[str | None] = set()
        self.page: Page = context.new_page()
        self.look_as(DESKTOP, "light")
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.on("request", self._note)
        self.page.goto(server.url + path)
        if urlsplit(self.page.url).path == "/login":  # which comes back to `path`
            fill_in_login(self.page, NAME, PASSWORD)
        self.settle()

    def open(self, path: str) -> Page:
        self.page.goto(self.server.url + path)
        self.settle()
        return self.page

    def settle(self) -> None:
        """Until the page is drawn, no script runs, nothing moves, and the fonts are there."""
        self.page.wait_for_selector("[data-testid=stHeading], .hg-empty")
        self.page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
        expect(self.page.locator("[aria-busy=true], [data-testid=stSkeleton]")).to_have_count(0)
        self.page.evaluate(QUIET_PAGE, PATIENCE_MS / 4)

    def look_as(self, size: tuple[int, int], theme: Theme) -> None:
        """The same page on another screen, or with the system's other theme."""
        self.page.emulate_media(color_scheme=theme)
        self.page.set_viewport_size({"width": size[0], "height": size[1]})

    def picture(self, file: Path) -> int:
        """The whole page, which scrolls inside a box of the window; its width in pixels."""
        size = self.page.viewport_size or {"width": 0, "height": 0}
        inside = self.page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
        self.page.set_viewport_size({**size, "height": max(inside, size["height"])})
        self.settle()
        self.page.screenshot(path=file)
        width: int = self.page.evaluate("document.documentElement.scrollWidth")
        return width

    def _note(self, request: Request) -> None:
        """Addresses of the page's own memory have no host."""
        if urlsplit(request.url).scheme not in {"data", "blob"}:
            self.hosts.add(urlsplit(request.url).hostname)


class Visit(Protocol):
    def __call__(self, server: WebServer, path: str = ..., /) -> Visitor: ...


def fill_in_login(page: Page, name: str, password: str) -> None:
    page.fill("#name", name)
    page.fill("#password", password)
    page.click("button[type=submit]")


def type_into(page: Page, *given: tuple[str, str]) -> None:
    """Each text into the field of its label, which is left with Tab."""
    for label, text in given:
        field = page.get_by_label(label, exact=True).first
        field.fill(text)
        field.press("Tab")
