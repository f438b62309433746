"""The matrix of campus and term, in a real browser: cells that are clicked are run again."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import Visit
from tests.e2e.syncs import expect_end, expect_run, newest_run, start, units_of
from tests.engine.gateway_process import GatewayProcess
from tests.pages.web_server import WebServer

pytestmark = pytest.mark.e2e

TERMS, CAMPUSES = ("4041", "4042", "4043", "4051"), ("1110", "1120", "1130")
TOP, SIDE = 26, 45
"""About the room that the names of the terms and of the campuses take, in pixels."""


def click_cell(page: Page, unit: str) -> None:
    """The oldest term stands at the left, the lowest campus on top; their names at the right."""
    term, campus = unit.split("/")
    box = page.locator(".st-key-matrix canvas").first.bounding_box()
    assert box is not None
    width, height = (box["width"] - SIDE) / len(TERMS), (box["height"] - TOP) / len(CAMPUSES)
    page.mouse.click(
        box["x"] + (TERMS.index(term) + 0.5) * width,
        box["y"] + TOP + (CAMPUSES.index(campus) + 0.5) * height,
    )


def test_it_runs_just_the_cells_that_are_chosen(
    visit: Visit, server: WebServer, gateway: GatewayProcess
) -> None:
    visitor = visit(server)
    expect_end(start(visitor.page, "students"), "success")
    whole = newest_run(server, "students").id
    page = visitor.open(f"/run?id={whole}")
    chips = page.locator("[class*=st-key-chosen] [data-testid=stMultiSelectTagsContainer]").last
    click_cell(page, "4042/1120")
    expect(chips).to_contain_text("4042/1120")
    visitor.settle()
    click_cell(page, "4051/1110")
    expect(chips).to_contain_text("4051/1110")

    page.locator(".st-key-run_chosen button").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("2")
    dialog.locator(".st-key-dialog_chosen button").click()
    chosen = expect_run(page, whole)
    expect_end(page.locator("[data-testid=stMain]"), "success")
    assert units_of(server, chosen) == dict.fromkeys(("4042/1120", "4051/1110"), "success")
    assert newest_run(server, "students").left_out == 10
