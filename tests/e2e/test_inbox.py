"""Alerts in the inbox, in a real browser."""

import pytest
from playwright.sync_api import expect

from tests.alerting import tell
from tests.e2e.browser import Visit
from tests.pages.web_server import WebServer

pytestmark = pytest.mark.e2e


def test_it_marks_alerts_as_read_for_good(visit: Visit, new_server: WebServer) -> None:
    for run_id in (1, 2, 3):
        tell(new_server.databases, run_id=run_id)
    visitor = visit(new_server, "/inbox")
    page = visitor.page
    expect(page.locator(".hg-fresh")).to_have_count(3)
    page.locator("[class*=st-key-read_] button").first.click()
    expect(page.locator(".hg-fresh")).to_have_count(2)
    page.locator(".st-key-all_read button").click()
    expect(page.locator(".hg-fresh")).to_have_count(0)
    visitor.open("/inbox")
    expect(page.locator(".hg-alert")).to_have_count(3)
    expect(page.locator(".hg-fresh")).to_have_count(0)
