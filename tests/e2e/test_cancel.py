"""A run that somebody stops, in a real browser."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from pages._parts.explain import explain
from tests.e2e.browser import PATIENCE_MS, Visit
from tests.e2e.syncs import expect_end, newest_run, start
from tests.engine.gateway_process import GatewayProcess
from tests.pages.web_server import NAME, WebServer

pytestmark = pytest.mark.e2e


def test_it_stops_a_run_and_leaves_the_source_free(
    visit: Visit,
    server: WebServer,
    gateway: GatewayProcess,
    artefacts: Path,
) -> None:
    visitor = visit(server)
    page = visitor.page
    gateway.control({"latency_ms": 2_000})
    card = start(page, "students")
    visitor.picture(artefacts / "running.png")
    card.locator(".st-key-stop_students button").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    page.screenshot(path=artefacts / "stop_dialog.png")
    dialog.locator(".st-key-dialog_stop button").click()

    expect_end(card, "failed")
    expect(card).to_contain_text(explain("cancelled").what)
    expect(card.locator(".st-key-sync_students button")).to_be_enabled(timeout=PATIENCE_MS)
    run = newest_run(server, "students")
    assert (run.status, run.error_class, run.cancel_requested_by) == ("failed", "cancelled", NAME)
