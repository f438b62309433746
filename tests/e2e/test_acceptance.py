"""What a guard refused, in a real browser: seen, accepted with a reason, and applied."""

from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import text

from tests.e2e.axe import faults
from tests.e2e.browser import DESKTOP, Visit
from tests.e2e.screens import take_pictures
from tests.e2e.syncs import expect_end, expect_run, newest_run, start
from tests.engine.gateway_process import GatewayProcess
from tests.engine.oracle import expected_faculty
from tests.pages.web_server import WebServer

pytestmark = pytest.mark.e2e


def test_it_applies_what_an_operator_accepts(
    visit: Visit,
    server: WebServer,
    gateway: GatewayProcess,
    artefacts: Path,
) -> None:
    visitor = visit(server)
    expect_end(start(visitor.page, "faculty"), "success")
    gone = sorted(expected_faculty(gateway.world))[:50]
    gateway.control({"withdraw": {"nationalcode": gone}})
    expect_end(start(visitor.page, "faculty"), "failed")

    refused = newest_run(server, "faculty").id
    page = visitor.open(f"/run?id={refused}")
    visitor.picture(artefacts / "refused_run.png")
    page.locator(".st-key-accept button").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("tbody tr")).to_have_count(1)
    take_pictures(visitor, artefacts, "acceptance", ("phone", "dark"))
    visitor.look_as(DESKTOP, "dark")
    visitor.settle()
    assert faults(page) == ([], set())
    dialog.locator(".st-key-dialog_accept button").click()
    expect(dialog).to_contain_text("نخست دلیل را بنویسید.")
    dialog.locator("input").fill("پنجاه نفر بازنشسته شدند.")
    dialog.locator(".st-key-dialog_accept button").click()

    expect_run(page, refused)
    expect_end(page.locator("[data-testid=stMain]"), "success")
    with server.databases.data.read() as session:
        query = "SELECT count(*) FROM faculty WHERE missing_since IS NULL"
        assert session.scalar(text(query)) == len(expected_faculty(gateway.world))
