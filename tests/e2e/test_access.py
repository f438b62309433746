"""Access in a real browser: the first login, a role that is lost, a tab that is left behind."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from sync_core.access.passwords import one_time
from sync_core.access.permissions import OPERATOR, VIEWER, command_line_actor
from sync_core.access.users import add_user, change_role
from tests.e2e.browser import DESKTOP, PATIENCE_MS, PHONE, Visit, Visitor, fill_in_login
from tests.pages.web_server import WebServer

pytestmark = pytest.mark.e2e

CHOSEN = "five quite unrelated words"


def log_in(page: Page, server: WebServer, name: str, password: str, path: str = "/") -> None:
    page.set_default_timeout(PATIENCE_MS)
    page.goto(server.url + path)
    fill_in_login(page, name, password)


def change_password(page: Page, old: str, new: str, again: str) -> None:
    for field, text in (("#password", old), ("#new", new), ("#again", again)):
        page.fill(field, text)
    page.click("button[type=submit]")


def test_it_asks_for_a_password_of_ones_own_before_anything_else(
    browser: Browser, server: WebServer, artefacts: Path
) -> None:
    given = one_time()
    add_user(server.databases, command_line_actor(), "newcomer", given, VIEWER, must_change=True)
    page = browser.new_context(locale="fa-IR").new_page()
    log_in(page, server, "newcomer", given, "/runs")

    expect(page.locator("#new")).to_be_visible()
    for name, size in (("desktop", DESKTOP), ("phone", PHONE)):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.screenshot(path=artefacts / f"password_{name}.png")
    page.goto(f"{server.url}/faculty")
    expect(page).to_have_url(f"{server.url}/password")
    change_password(page, given, CHOSEN, "another one")
    expect(page.get_by_role("alert")).to_contain_text("یکی نیستند")
    change_password(page, given, CHOSEN, CHOSEN)

    expect(page.locator("[data-testid=stHeading]").first).to_be_visible()
    expect(page.locator(".st-key-sync_faculty button").first).to_be_disabled()
    page.goto(f"{server.url}/users")
    expect(page.locator("[data-testid=stAlert]")).to_contain_text(
        "نقش شما این کار را اجازه نمی‌دهد."
    )


def test_it_sends_an_open_tab_to_the_login_when_the_role_changes(
    browser: Browser, server: WebServer
) -> None:
    actor = command_line_actor()
    add_user(server.databases, actor, "demoted", CHOSEN, OPERATOR)
    page = browser.new_context(locale="fa-IR").new_page()
    log_in(page, server, "demoted", CHOSEN)
    button = page.locator(".st-key-sync_faculty button")
    expect(button).to_be_enabled()

    change_role(server.databases, actor, "demoted", VIEWER)
    button.click()

    expect(page.locator(".hamgam-away")).to_be_visible()
    expect(page.locator(".hg")).to_have_count(0)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page).to_have_url(f"{server.url}/login?next=%2F")


def test_it_ends_the_tabs_of_a_browser_with_one_logout(browser: Browser, server: WebServer) -> None:
    visitor = Visitor(browser.new_context(), server)
    other = visitor.page.context.new_page()
    other.goto(f"{server.url}/runs")
    expect(other.locator("[data-testid=stHeading]").first).to_be_visible(timeout=PATIENCE_MS)

    visitor.page.get_by_role("link", name="خروج").click()
    expect(visitor.page.locator("#name")).to_be_visible()
    other.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    expect(other.locator("#name")).to_be_visible(timeout=PATIENCE_MS)


def test_it_manages_users_on_the_screen(visit: Visit, browser: Browser, server: WebServer) -> None:
    page = visit(server, "/users").page
    page.locator(".st-key-add_user button").click()
    dialog = page.get_by_role("dialog")
    dialog.locator("input").first.fill("n.sadeghi")
    page.keyboard.press("Tab")
    dialog.locator(".st-key-dialog_add_user button").click()
    given = dialog.locator("code").inner_text()
    page.keyboard.press("Escape")
    expect(page.get_by_text("n.sadeghi")).to_be_visible(timeout=PATIENCE_MS)

    newcomer = browser.new_context(locale="fa-IR").new_page()
    log_in(newcomer, server, "n.sadeghi", given)
    expect(newcomer.locator("#new")).to_be_visible()
