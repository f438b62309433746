"""A run that fails in part, in a real browser: why, whose move, what to press; then the rest."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from pages._parts.explain import explain, whose_move
from tests.e2e.browser import Visit
from tests.e2e.screens import take_pictures
from tests.e2e.syncs import expect_end, expect_run, newest_run, start, units_of
from tests.engine.gateway_process import GatewayProcess
from tests.pages.web_server import WebServer

pytestmark = pytest.mark.e2e

BROKEN = {"4042/1120", "4041/1110"}


def test_it_says_what_failed_and_runs_the_rest_again(
    visit: Visit,
    server: WebServer,
    gateway: GatewayProcess,
    artefacts: Path,
) -> None:
    visitor = visit(server)
    page = visitor.page
    refused = [dict(zip(("term", "campus"), unit.split("/"), strict=True)) for unit in BROKEN]
    gateway.control({"fail": [{**unit, "status": 403} for unit in refused]})
    card = start(page, "students")
    expect_end(card, "failed")
    failed = newest_run(server, "students")
    assert (failed.error_class, failed.units_failed) == ("partial", 2)

    page.locator(".hg-band.hg-failed a").first.click()
    assert expect_run(page, 0) == failed.id
    visitor.settle()
    trouble = page.locator(".hg-trouble")
    expect(trouble).to_contain_text(explain("partial").what)
    expect(trouble).to_contain_text(whose_move("partial"))
    take_pictures(visitor, artefacts, "failed_run")

    gateway.control({"fail": []})
    page.locator(".st-key-retry button").click()
    page.locator(".st-key-dialog_retry button").click()
    again = expect_run(page, failed.id)
    expect_end(page.locator("[data-testid=stMain]"), "success")
    assert units_of(server, again) == dict.fromkeys(BROKEN, "success")
    expect(visitor.open("/").locator(".st-key-card_students .hg-badge")).to_have_class(
        "hg-badge hg-success"
    )
