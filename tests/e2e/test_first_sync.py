"""The main job in a real browser: log in, start a sync, watch it finish, see the rows."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import Visit
from tests.e2e.syncs import count, expect_end, newest_run, start
from tests.engine.gateway_process import GatewayProcess
from tests.engine.oracle import expected_faculty
from tests.pages.web_server import WebServer

pytestmark = pytest.mark.e2e


def test_it_syncs_both_sources_from_the_screen_and_shows_their_rows(
    visit: Visit, server: WebServer, gateway: GatewayProcess
) -> None:
    visitor = visit(server)
    page = visitor.page
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    page.evaluate("() => { window.loaded = 'once'; }")

    expect_end(start(page, "faculty"), "success")
    gateway.control({"latency_ms": 200})
    card = start(page, "students")
    expect(card.locator("[data-testid=stProgress]")).to_contain_text(re.compile("[1-9] از 12 بخش"))
    expect_end(card, "success")
    assert page.evaluate("() => window.loaded") == "once"

    members = len(expected_faculty(gateway.world))
    assert newest_run(server, "faculty").records == members
    page = visitor.open("/faculty")
    expect(page.locator("tbody tr")).to_have_count(50)
    expect(page.locator(".hg-meta")).to_contain_text(f"{members:,}")
    students = count(server, "Students")
    expect(visitor.open("/students").locator(".hg-meta")).to_contain_text(f"{students:,}")
