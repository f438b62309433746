"""A schedule that is chosen, saved and switched off again, in a real browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from pages._parts import schedule_words as words
from pages._parts.schedule_words import moment
from sync_core.access.permissions import command_line_actor
from sync_core.base.clock import utc_now
from sync_core.base.i18n import _
from sync_core.schedule.plans import as_changes, next_runs, read_schedules, save_schedule
from sync_core.schedule.timing import Timing
from sync_core.store.control import Schedule
from tests.e2e.browser import PATIENCE_MS, Visit
from tests.pages.web_server import NAME, WebServer

pytestmark = pytest.mark.e2e

FACULTY = ".st-key-plan_faculty"


@pytest.fixture
def by_hand(server: WebServer) -> Iterator[WebServer]:
    """Nothing is automatic, and nothing is afterwards; the schedule is as it came."""
    yield server
    first = as_changes(Timing())
    save_schedule(server.databases, command_line_actor(), "faculty", enabled=False, **first)


def saved_plan(server: WebServer) -> Schedule:
    plans = read_schedules(server.databases, command_line_actor())
    return next(plan for plan in plans if plan.source == "faculty")


def switch(page: Page) -> Locator:
    """Turns automatic sync of the faculty on or off; their card."""
    card = page.locator(FACULTY)
    card.locator("[class*=st-key-auto_faculty] label").click()
    return card


def save(card: Locator) -> None:
    card.locator(".st-key-save_faculty button").click()


def test_it_plans_what_it_showed_before_it_was_saved(
    visit: Visit, by_hand: WebServer, artefacts: Path
) -> None:
    visitor = visit(by_hand, "/schedule")
    card = switch(visitor.page)
    every = card.locator("[class*=st-key-interval_faculty] input")
    every.fill("45")
    every.press("Tab")
    expect(card.get_by_text(_("If you save this, the next runs are"))).to_be_visible()
    visitor.picture(artefacts / "schedule_preview.png")
    save(card)

    expect(card.get_by_role("status")).to_contain_text("45")
    expect(card.get_by_text(_("The next runs"), exact=True)).to_be_visible()
    plan = saved_plan(by_hand)
    assert (plan.enabled, plan.interval_value, plan.updated_by) == (True, 45, NAME)
    coming = [moment(run.at) for run in next_runs(plan, utc_now())]
    assert len(coming) == 5
    for place, at in enumerate(coming):
        expect(card.locator(".hg-coming li").nth(place)).to_contain_text(at)


def test_it_tells_the_second_of_two_who_save(visit: Visit, by_hand: WebServer) -> None:
    first, second = visit(by_hand, "/schedule").page, visit(by_hand, "/schedule").page
    late = switch(second)
    expect(late.get_by_text(_("If you save this, the next runs are"))).to_be_visible()
    save(switch(first))
    expect(first.locator(FACULTY).get_by_text(_("The next runs"), exact=True)).to_be_visible()
    before = saved_plan(by_hand).updated_at

    save(late)

    refusal = late.get_by_role("alert")
    expect(refusal).to_contain_text(NAME, timeout=PATIENCE_MS)
    expect(late.get_by_text(_("The next runs"), exact=True)).to_be_visible()
    assert saved_plan(by_hand).updated_at == before


def test_it_refuses_times_that_are_none_and_keeps_what_was_typed(
    visit: Visit, by_hand: WebServer
) -> None:
    page = visit(by_hand, "/schedule").page
    card = switch(page)
    card.locator("[class*=st-key-kind_faculty] [role=combobox]").click()
    page.get_by_role("option", name=_(words.KINDS["weekly"]), exact=True).click()
    times = card.locator("[class*=st-key-times_faculty] input")
    times.fill("25:00")
    times.press("Tab")
    save(card)

    expect(card.get_by_role("alert")).to_be_visible()
    expect(times).to_have_value("25:00")
    assert not saved_plan(by_hand).enabled

    times.fill("۰۳:۱۵")
    times.press("Tab")
    save(card)

    expect(card.get_by_role("status")).to_contain_text("03:15")
    expect(card.locator(".hg-coming li").first).to_contain_text("03:15")
    assert saved_plan(by_hand).times == "03:15"
