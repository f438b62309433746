"""A run's page while the run goes on, in a real browser: parts and log come by themselves."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import PATIENCE_MS, Visit
from tests.e2e.syncs import expect_end, newest_run, start
from tests.engine.gateway_process import GatewayProcess
from tests.pages.web_server import WebServer

pytestmark = pytest.mark.e2e


def test_it_shows_parts_and_log_as_they_come(
    visit: Visit, server: WebServer, gateway: GatewayProcess, artefacts: Path
) -> None:
    visitor = visit(server)
    gateway.control({"latency_ms": 2_000})
    start(visitor.page, "students")
    page = visitor.open(f"/run?id={newest_run(server, 'students').id}")
    page.evaluate("() => { window.loaded = 'once'; }")
    parts = page.locator(".hg-table").filter(has_text=re.compile(r"\d{4}/\d{4}"))
    expect(page.locator(".st-key-matrix_live canvas").first).to_be_visible(timeout=PATIENCE_MS)
    expect(parts.locator("tbody tr")).to_have_count(12)
    expect(parts.locator(".hg-pending").first).to_be_visible()
    visitor.picture(artefacts / "live_run.png")

    page.get_by_role("tab").nth(3).click()
    log = page.locator("[data-testid=stCode]").last
    expect(log).to_contain_text("unit_started", timeout=PATIENCE_MS)
    visitor.picture(artefacts / "live_log.png")

    gateway.control({"latency_ms": 0})
    expect_end(page.locator("[data-testid=stMain]"), "success")
    expect(log).to_contain_text("ended: success", timeout=PATIENCE_MS)
    expect(page.locator(".st-key-log_follow")).to_have_count(0)
    page.get_by_role("tab").nth(0).click()
    expect(parts.locator(".hg-success")).to_have_count(12)
    assert page.evaluate("() => window.loaded") == "once"
