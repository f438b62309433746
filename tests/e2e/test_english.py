"""The same dashboard in English: from the left, without a Persian word of our own."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import Visit
from tests.e2e.past import partial_run
from tests.e2e.screens import PAGES, take_pictures
from tests.pages.web_server import WebServer

pytestmark = pytest.mark.e2e

PERSIAN = re.compile(r"[\u0600-\u06ff]")

# Names of people, campuses and fields are data: they stand in a `bdi` or in a cell of a table.
TEXTS = """() => {
  const told = [];
  const kinds = NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT;
  const walk = document.createTreeWalker(document.body, kinds);
  while (walk.nextNode()) {
    const node = walk.currentNode;
    if (node.nodeType === Node.TEXT_NODE) {
      if (!node.parentElement.closest("bdi, script, style")) told.push(node.data);
    } else {
      for (const name of ["aria-label", "title", "placeholder", "alt"]) {
        if (node.hasAttribute(name)) told.push(node.getAttribute(name));
      }
    }
  }
  return told;
}"""


def persian(page: Page) -> list[str]:
    return [told for told in page.evaluate(TEXTS) if PERSIAN.search(told)]


def test_it_is_english_from_the_left_on_every_page(
    visit: Visit, english_server: WebServer, artefacts: Path
) -> None:
    visitor = visit(english_server)
    addresses = {**PAGES, "run": f"/run?id={partial_run(english_server)}"}
    for name, path in addresses.items():
        page = visitor.open(path)
        expect(page.locator("html")).to_have_attribute("dir", "ltr")
        expect(page.locator("html")).to_have_attribute("lang", "en")
        assert persian(page) == [], name
        for heading in page.get_by_role("heading").all():
            assert heading.evaluate("(one) => getComputedStyle(one).direction") == "ltr"
        take_pictures(visitor, artefacts, f"english_{name}", ("light", "phone_dark"))


def test_it_draws_english_digits(visit: Visit, english_server: WebServer) -> None:
    """The font of the Persian pages draws Persian ones, whatever the text says."""
    page = visit(english_server).page
    used = page.evaluate(
        "[...document.fonts].filter((one) => one.status === 'loaded').map((one) => one.family)"
    )
    assert not [family for family in used if "Vazirmatn" in family]


def test_it_asks_for_the_password_in_english(browser: Browser, english_server: WebServer) -> None:
    page = browser.new_context(locale="fa-IR").new_page()
    page.goto(f"{english_server.url}/login")
    expect(page.locator("html")).to_have_attribute("dir", "ltr")
    expect(page.get_by_label("User name")).to_be_visible()
    assert persian(page) == []
    page.context.close()
