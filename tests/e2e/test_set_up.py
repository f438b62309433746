"""A new installation that an administrator sets up on the screen, by keyboard where one types."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from pages._parts.setting_fields import SAVED
from sync_core.base.i18n import _
from tests.e2e.browser import PATIENCE_MS, Visit, Visitor, type_into
from tests.e2e.syncs import count, expect_end, newest_run, start
from tests.engine.gateway_process import GatewayProcess
from tests.engine.oracle import expected_faculty
from tests.pages.web_server import WebServer

pytestmark = pytest.mark.e2e

TERM, CAMPUS = "4051", "1110"


def set_the_account(visitor: Visitor, gateway: GatewayProcess) -> None:
    page = visitor.page
    type_into(
        page,
        (_("Base URL"), gateway.url),
        (_("User name"), gateway.user),
        (_("Password"), gateway.password),
    )
    page.locator(".st-key-save_gateway button").first.click()
    expect(page.get_by_text(_("Saved. The next sync uses this account."))).to_be_visible()
    page.locator(".st-key-test_gateway button").first.click()
    expect(page.get_by_text(_("The connection works."))).to_be_visible(timeout=PATIENCE_MS)
    assert gateway.password not in page.content()


def set_the_plan(visitor: Visitor) -> None:
    page = visitor.open("/settings?section=plan")
    type_into(page, (_("Terms, instead of those since the first year"), TERM))
    page.locator(".st-key-save_plan button").first.click()
    expect(page.locator(".st-key-plan_terms").get_by_text(_(SAVED))).to_be_visible()
    page.locator(".st-key-add_campus button").click()
    dialog = page.get_by_role("dialog")
    dialog.locator(".st-key-campus_code input").fill(CAMPUS)
    dialog.locator(".st-key-campus_name_new input").fill("پردیس نمونه")
    page.keyboard.press("Tab")
    dialog.locator(".st-key-dialog_save_campus button").click()
    expect(dialog).to_have_count(0, timeout=PATIENCE_MS)
    expect(page.locator(".st-key-campuses tbody tr")).to_have_count(1)


def test_it_syncs_what_was_set_on_the_screen_alone(
    visit: Visit, new_server: WebServer, gateway: GatewayProcess, artefacts: Path
) -> None:
    visitor = visit(new_server)
    visitor.picture(artefacts / "new.png")
    visitor.page.get_by_role("link", name=_("Complete it")).click()
    expect(visitor.page).to_have_url(f"{new_server.url}/settings?section=gateway")
    set_the_account(visitor, gateway)
    set_the_plan(visitor)
    visitor.picture(artefacts / "new_plan.png")

    page = visitor.open("/")
    expect_end(start(page, "faculty"), "success")
    expect_end(start(page, "students"), "success")

    assert newest_run(new_server, "faculty").records == len(expected_faculty(gateway.world))
    assert newest_run(new_server, "students").units_total == 1
    assert count(new_server, "Students") > 0
    visitor.picture(artefacts / "new_synced.png")
