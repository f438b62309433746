"""What a guard refused, in a real browser: seen, accepted with a reason, and applied."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import text

from tests.e2e.browser import DESKTOP, PATIENCE_MS, PHONE, Visitor
from tests.engine.gateway_process import GatewayProcess
from tests.engine.oracle import expected_faculty
from tests.pages.web_server import WebServer

pytestmark = pytest.mark.e2e


def start(page: Page) -> None:
    page.locator(".st-key-sync_faculty button").click()
    page.locator(".st-key-dialog_start button").click()


def test_it_applies_what_an_operator_accepts(
    browser: Browser, server: WebServer, gateway: GatewayProcess, artefacts: Path
) -> None:
    visitor = Visitor(browser, server)
    badge = visitor.page.locator(".st-key-card_faculty .hg-badge")
    start(visitor.page)
    expect(badge).to_have_class("hg-badge hg-success", timeout=PATIENCE_MS)
    gone = sorted(expected_faculty(gateway.world))[:50]
    gateway.control({"withdraw": {"nationalcode": gone}})
    start(visitor.page)
    expect(badge).to_have_class("hg-badge hg-failed", timeout=PATIENCE_MS)

    page = visitor.open("/runs?id=2")
    visitor.picture(artefacts / "refused_run.png")
    page.locator(".st-key-accept button").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("tbody tr")).to_have_count(1)
    for name, size in (("desktop", DESKTOP), ("phone", PHONE)):
        visitor.look_as(size, "light")
        visitor.picture(artefacts / f"acceptance_{name}.png")
    dialog.locator(".st-key-dialog_accept button").click()
    expect(dialog).to_contain_text("نخست دلیل را بنویسید.")
    dialog.locator("input").fill("پنجاه نفر بازنشسته شدند.")
    dialog.locator(".st-key-dialog_accept button").click()

    panel = page.locator(".st-key-run_panel .hg-badge")
    expect(panel.first).to_have_class("hg-badge hg-success", timeout=PATIENCE_MS)
    with server.databases.data.read() as session:
        query = "SELECT count(*) FROM faculty WHERE missing_since IS NULL"
        assert session.scalar(text(query)) == len(expected_faculty(gateway.world))
