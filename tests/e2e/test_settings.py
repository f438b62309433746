"""What an administrator sets: the gateway, channels, campuses, limits, the language."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from pages._parts import gateway_steps, settings_look
from pages._parts.setting_fields import SAVED
from sync_core.access.permissions import command_line_actor
from sync_core.alerts.channels import list_channels, remove_channel
from sync_core.base.i18n import _
from tests.e2e.browser import PATIENCE_MS, Visit, type_into
from tests.engine.gateway_process import GatewayProcess
from tests.pages.web_server import WebServer
from tests.sinks import HookSink, hook_sink

pytestmark = pytest.mark.e2e


@pytest.fixture
def sink(server: WebServer) -> Iterator[HookSink]:
    """Where alerts go; no channel is left that leads there."""
    with hook_sink() as made:
        yield made
    actor = command_line_actor()
    for channel in list_channels(server.databases, actor):
        remove_channel(server.databases, actor, channel.id, channel.updated_at)


def test_it_tells_each_step_of_a_connection_and_which_one_fails(
    visit: Visit, server: WebServer, gateway: GatewayProcess, artefacts: Path
) -> None:
    visitor = visit(server, "/settings?section=gateway")
    page = visitor.page
    button, steps = page.locator(".st-key-test_gateway button").first, page.locator(".hg-steps li")
    button.click()
    expect(page.get_by_text(_("The connection works."))).to_be_visible(timeout=PATIENCE_MS)
    expect(steps).to_have_count(4)
    visitor.picture(artefacts / "gateway_works.png")

    gateway.control({"refuse_login": True})
    button.click()

    expect(page.get_by_text(_("The connection does not work yet."))).to_be_visible()
    expect(
        page.get_by_text(_("The gateway refused the user name or the password."))
    ).to_be_visible()
    expect(page.locator(".hg-error")).to_contain_text(_(gateway_steps.ELSEWHERE))
    visitor.picture(artefacts / "gateway_refuses.png")
    assert gateway.password not in page.content()


def test_it_makes_a_channel_tries_it_and_never_shows_its_address_again(
    visit: Visit, server: WebServer, sink: HookSink, artefacts: Path
) -> None:
    visitor = visit(server, "/settings?section=alerts")
    page, arrived = visitor.page, _("Sent. See whether it has arrived.")
    page.locator(".st-key-add_channel button").click()
    dialog = page.get_by_role("dialog")
    dialog.locator(".st-key-channel_name input").fill("شیفت شب")
    address = dialog.locator(".st-key-channel_url input")
    address.fill(sink.url("a-path-that-is-a-secret"))
    address.press("Tab")
    dialog.locator(".st-key-dialog_test_channel button").click()
    expect(dialog.get_by_text(arrived)).to_be_visible(timeout=PATIENCE_MS)
    assert len(sink.got) == 1
    page.screenshot(path=artefacts / "channel_dialog.png")
    dialog.locator(".st-key-dialog_add_channel button").click()

    expect(dialog).to_have_count(0, timeout=PATIENCE_MS)
    expect(page.locator(".st-key-alert_channels")).to_contain_text("شیفت شب")
    visitor.picture(artefacts / "channel.png")
    assert "a-path-that-is-a-secret" not in page.content()

    page.locator("[class*=st-key-test_] button").first.click()
    page.locator(".st-key-dialog_send_test button").click()
    expect(page.get_by_role("dialog").get_by_text(arrived)).to_be_visible(timeout=PATIENCE_MS)
    assert sink.paths == ["/a-path-that-is-a-secret"] * 2


def test_it_replaces_the_campuses_by_a_pasted_list_that_was_looked_at(
    visit: Visit, new_server: WebServer, artefacts: Path
) -> None:
    visitor = visit(new_server, "/settings?section=plan")
    page = visitor.page
    page.locator(".st-key-import_list summary").click()
    pasted = page.locator("[class*=st-key-campus_list] textarea")
    pasted.fill("pardis_code\tname\tprovince_code\n1110\tپردیس یک\t0\n1120\tپردیس دو\t\n")
    page.locator(".st-key-preview_import button").click()
    expect(page.locator(".st-key-import_list tbody tr")).to_have_count(2, timeout=PATIENCE_MS)
    visitor.picture(artefacts / "campuses_preview.png")
    page.locator(".st-key-import_campuses button").click()

    campuses = page.locator(".st-key-campuses > * table").first.locator("tbody tr")
    expect(campuses).to_have_count(2)
    expect(campuses.nth(0)).to_contain_text("مرکزی")
    expect(campuses.nth(1)).not_to_contain_text("مرکزی")


def test_it_refuses_a_limit_out_of_bounds_and_keeps_what_was_typed(
    visit: Visit, new_server: WebServer, artefacts: Path
) -> None:
    visitor = visit(new_server, "/settings?section=limits")
    page = visitor.page
    label = _("Records a page")
    type_into(page, (label, "0"))
    page.locator(".st-key-save_limits button").first.click()
    expect(page.get_by_role("alert")).to_contain_text(label)
    expect(page.get_by_label(label, exact=True).first).to_have_value("0")
    visitor.picture(artefacts / "limits_refused.png")

    type_into(page, (label, "۵۰۰"))
    page.locator(".st-key-save_limits button").first.click()
    expect(page.get_by_text(_(SAVED))).to_be_visible()
    expect(page.get_by_label(label, exact=True).first).to_have_value("500")


def test_it_turns_to_english_for_all_and_back(
    visit: Visit, new_server: WebServer, artefacts: Path
) -> None:
    visitor = visit(new_server, "/settings?section=look")
    page = visitor.page
    saved = re.compile("|".join(map(re.escape, (settings_look.SAVED, _(settings_look.SAVED)))))
    for name, direction, heading in (("English", "ltr", "Settings"), ("فارسی", "rtl", "تنظیمات")):
        page.get_by_text(name, exact=True).click()
        page.locator(".st-key-save_look button").first.click()
        expect(page.get_by_text(saved)).to_be_visible()
        visitor.open("/settings?section=look")
        expect(page.locator("html")).to_have_attribute("dir", direction)
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        visitor.picture(artefacts / f"turned_{direction}.png")
