"""The history in a real browser: filters in the address, a Jalali range, files to take away."""

import csv
import re
from datetime import date
from itertools import groupby
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from sync_core.base.jalali import jalali_date, jalali_month, jalali_time, tehran_date
from sync_core.store.control import FAILED, Run
from tests.e2e.browser import DESKTOP, Visit, fill_in_login
from tests.e2e.past import CODE, partial_run
from tests.e2e.screens import take_pictures
from tests.pages.web_server import NAME, PASSWORD, WebServer

pytestmark = pytest.mark.e2e

RUNS = ".hg-table:has(time) tbody tr"


def choose(page: Page, name: str, label: str) -> None:
    page.locator(f".st-key-filter_{name} input").click()
    page.get_by_role("option", name=label, exact=True).click()


def address_of(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def runs(server: WebServer) -> list[Run]:
    """Newest first."""
    with server.databases.control.read() as session:
        found = list(session.scalars(select(Run).order_by(Run.id.desc())))
        session.expunge_all()
        return found


def test_it_keeps_the_filters_in_the_address_and_downloads_what_they_leave(
    visit: Visit, old_server: WebServer, tmp_path: Path
) -> None:
    page = visit(old_server, "/runs").page
    choose(page, "status", "ناموفق")
    expect(page).to_have_url(re.compile("status=failed"))
    choose(page, "source", "دانشجویان")
    expect(page).to_have_url(re.compile("source=students"))
    choose(page, "period", "از آغاز")
    expect(page).to_have_url(re.compile("period=all"))
    wanted = [run for run in runs(old_server) if (run.source, run.status) == ("students", FAILED)]
    expect(page.locator(RUNS)).to_have_count(len(wanted))
    expect(page.locator(f"{RUNS} .hg-badge:not(.hg-failed)")).to_have_count(0)

    with page.expect_download() as download:
        page.locator("a.hg-button").click()
    file = tmp_path / "runs.csv"
    download.value.save_as(file)
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    told = [(row["id"], row["jalali"], row["error_class"], row["fetched"]) for row in rows]
    assert told == [
        (str(run.id), jalali_time(run.created_at), run.error_class, str(run.fetched))
        for run in wanted
    ]


def test_it_filters_by_a_range_that_is_picked_in_a_jalali_calendar(
    visit: Visit, old_server: WebServer, artefacts: Path
) -> None:
    visitor = visit(old_server)
    days = sorted({tehran_date(run.created_at) for run in runs(old_server)})
    first, last = _two_days_of_a_month(days)
    page = visitor.open(f"/runs?period=own&from={first}&to={first}")
    field = page.locator("[data-testid=stDateInputField]")
    assert _shown(page, "start") == jalali_date(first)
    page.locator("[data-testid=stDateInputCalendarButton]").click()
    year = jalali_date(first)[:4].translate(_PERSIAN)
    expect(page.get_by_role("grid")).to_have_attribute("aria-label", re.compile(year))
    page.screenshot(path=artefacts / "jalali_calendar.png")
    for day in (first, last):
        number = str(int(jalali_date(day)[-2:])).translate(_PERSIAN)
        in_month = "[role=button]:not([data-outside-month])"
        page.get_by_role("grid").locator(in_month).get_by_text(number, exact=True).click()
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile(f"from={first}&to={last}"))
    visitor.settle()

    assert _shown(page, "end") == jalali_date(last)
    expect(field).to_be_visible()
    wanted = [run for run in runs(old_server) if first <= tehran_date(run.created_at) <= last]
    expect(page.locator(RUNS)).to_have_count(len(wanted))
    take_pictures(visitor, artefacts, "history_of_a_range", ("dark", "phone"))


_PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


def _two_days_of_a_month(days: list[date]) -> tuple[date, date]:
    """The newest both of whose days one leaf of the calendar shows."""
    months = [list(same) for _month, same in groupby(days, key=jalali_month)]
    newest = next(same for same in reversed(months) if len(same) > 1)
    return newest[-4:][0], newest[-1]


def _shown(page: Page, end: str) -> str:
    """What the field shows instead of the Gregorian day."""
    told: str = page.evaluate(
        "(end) => getComputedStyle(document.querySelector(`[data-range-field=${end}]`), '::before')"
        ".content",
        end,
    )
    return told.strip('"')


def test_it_downloads_a_log_without_anybodys_code(
    visit: Visit, old_server: WebServer, tmp_path: Path
) -> None:
    page = visit(old_server, f"/run?id={partial_run(old_server)}").page
    page.get_by_role("tab").nth(3).click()
    expect(page.locator("[data-testid=stCode]").last).to_contain_text("was answered with 502")
    with page.expect_download() as download:
        page.locator("a.hg-button:visible").click()
    file = tmp_path / "run.log"
    download.value.save_as(file)
    log = file.read_text(encoding="utf-8")
    assert "12 units planned" in log
    assert CODE not in log
    assert CODE not in page.content()


def test_it_comes_back_to_a_deep_link_after_the_login(
    browser: Browser, old_server: WebServer
) -> None:
    page = browser.new_context(locale="fa-IR").new_page()
    page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})
    wanted = {"status": "failed", "source": "faculty", "period": "all"}
    page.goto(f"{old_server.url}/runs?status=failed&source=faculty&period=all")
    fill_in_login(page, NAME, PASSWORD)
    failed = [run for run in runs(old_server) if (run.source, run.status) == ("faculty", FAILED)]
    expect(page.locator(RUNS)).to_have_count(len(failed))
    assert address_of(page) == wanted
    page.context.close()


def test_it_keeps_names_and_codes_out_of_the_address(visit: Visit, old_server: WebServer) -> None:
    page = visit(old_server, "/students").page
    page.locator(".st-key-search_students input").fill("نمونه‌پور")
    page.keyboard.press("Enter")
    expect(page.locator(".hg-meta").first).to_contain_text("پیدا شد")
    assert address_of(page) == {}
    page.locator("tbody a").first.click()
    expect(page.locator(".st-key-person_panel")).to_be_visible()
    address = address_of(page)
    assert set(address) == {"person"}
    assert "40100000" not in address["person"], "all their numbers begin so"
