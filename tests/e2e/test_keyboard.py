"""Without a mouse: everything can be reached in a sane order, is seen, and can be pressed."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import Visit
from tests.e2e.syncs import expect_end
from tests.engine.gateway_process import GatewayProcess
from tests.pages.web_server import WebServer

pytestmark = pytest.mark.e2e

MOST_STOPS = 90

FOCUSED = """() => {
  const one = document.activeElement;
  const key = one.closest('[class*="st-key-"]');
  const seen = [one, ...one.querySelectorAll("*"), one.parentElement].some((each) => {
    const look = getComputedStyle(each);
    return look.outlineStyle !== "none" && parseFloat(look.outlineWidth) > 0
      || look.boxShadow !== "none";
  });
  return {
    name: key ? [...key.classList].find((name) => name.startsWith("st-key-")).slice(7)
      : one.closest("[data-testid]")?.dataset.testid ?? one.tagName,
    text: one.innerText ?? "", seen };
}"""


def tab_to(page: Page, name: str) -> list[str]:
    """Presses Tab until the focus is on what has that key; the stops before it. Each is seen."""
    stops: list[str] = []
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUSED)
        assert stop["seen"], f"nobody sees that the focus is on {stop}"
        if stop["name"] == name:
            return stops
        stops.append(stop["name"])
    raise AssertionError(f"{name} cannot be reached; the stops are {stops}")


def test_it_starts_a_sync_and_closes_its_dialog_by_keyboard_alone(
    visit: Visit, server: WebServer, gateway: GatewayProcess
) -> None:
    page = visit(server).page
    gateway.control({"latency_ms": 500})
    before = tab_to(page, "sync_faculty")
    assert "stSidebarNavLink" in before
    assert not [stop for stop in before if stop.startswith("sync_")]
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.locator(".st-key-sync_faculty button")).to_be_focused()

    page.keyboard.press("Enter")
    expect(dialog).to_be_visible()
    tab_to(page, "dialog_start")
    page.keyboard.press("Enter")
    card = page.locator(".st-key-card_faculty")
    expect(card.locator("[data-testid=stProgress]")).to_be_visible()
    expect_end(card, "success")


def test_it_goes_through_the_overview_in_the_order_in_which_it_is_read(
    visit: Visit, old_server: WebServer
) -> None:
    page = visit(old_server).page
    before = tab_to(page, "settings_students")
    order = ["sync_faculty", "settings_faculty", "stop_students"]
    assert [stop for stop in before if stop in order] == order
    assert before.index("stSidebarNavLink") < before.index("sync_faculty")


def test_it_goes_past_the_days_of_the_calendar(visit: Visit, old_server: WebServer) -> None:
    page = visit(old_server, "/runs").page
    past = page.locator("a.hg-past")
    past.focus()
    expect(past).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.closest('.hg-calendar') === null")
    assert page.evaluate("() => document.activeElement.closest('.hg-box') !== null")
