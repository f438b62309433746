"""Data inspection in a real browser: search, facets, one person, and what changed."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select, text

from sync_core.access.audit import REVEALED
from sync_core.store.control_access import AccessLog
from tests.e2e.browser import OURS, Visit
from tests.e2e.past import partial_run
from tests.e2e.screens import take_pictures
from tests.pages.web_server import NAME, WebServer

pytestmark = pytest.mark.e2e

REASON = "پاسخ به نامهٔ شمارهٔ ۱۲"


def students(server: WebServer, where: str = "1 = 1") -> list[dict[str, Any]]:
    with server.databases.data.read() as session:
        query = text(f'SELECT * FROM "Students" WHERE {where} ORDER BY studentnum')
        return [dict(row._mapping) for row in session.execute(query)]


def last_entry(server: WebServer, action: str) -> AccessLog:
    with server.databases.control.read() as session:
        query = select(AccessLog).where(AccessLog.action == action)
        entry = session.scalars(query.order_by(AccessLog.id.desc()).limit(1)).one()
        session.expunge(entry)
        return entry


def numbers(page: Page) -> list[str]:
    """The student numbers in the table, which everybody may see."""
    cells = page.locator("table.hg-table tbody tr td:first-child")
    return [cell.strip() for cell in cells.all_inner_texts()]


def choose(page: Page, facet: str, value: str) -> None:
    box = page.locator(f".st-key-of_{facet}")
    if box.locator("details:not([open])").count():
        box.locator("summary").click()
    box.locator("label").filter(has_text=value).click()


def expect_numbers(page: Page, rows: list[dict[str, Any]]) -> None:
    cells = page.locator("table.hg-table tbody tr td:first-child")
    expect(cells).to_have_text([row["studentnum"] for row in rows])


def test_it_searches_narrows_and_sorts(
    visit: Visit, old_server: WebServer, artefacts: Path
) -> None:
    visitor = visit(old_server, "/students")
    page = visitor.page
    of_term = students(old_server, "term = '4043'")
    choose(page, "term", "4043")
    expect(page).to_have_url(re.compile("term=4043"))
    expect_numbers(page, of_term)
    expect(page.locator(".st-key-of_term label").filter(has_text="4043")).to_contain_text(
        f"({len(of_term)})"
    )
    take_pictures(visitor, artefacts, "students_narrowed")

    box = page.locator(".st-key-search_students input")
    box.fill("نمونه پور")  # the half-space is left out, as many write
    box.press("Enter")
    expect_numbers(page, students(old_server, "term = '4043' AND familyname = 'نمونه‌پور'"))
    assert "نمونه" not in page.url
    box.fill("")
    box.press("Enter")
    page.locator(".st-key-clear_facets button").click()
    expect_numbers(page, students(old_server))
    assert "term" not in parse_qs(urlsplit(page.url).query)

    page.goto(f"{old_server.url}/students?sort=-studentnum&cols=studentnum,familyname")
    visitor.settle()
    expect_numbers(page, students(old_server)[::-1])
    expect(page.locator("table.hg-table th")).to_have_count(3)
    assert visitor.hosts == OURS


def test_it_leaves_out_what_the_address_should_not_ask_for(
    visit: Visit, old_server: WebServer
) -> None:
    page = visit(old_server, "/students?sort=phonenum&term=%27%20OR%201&nonsense=1").page
    expect(page.get_by_test_id("stAlert")).to_have_count(1)
    expect(page.locator(".hg-empty")).to_be_visible()
    page.goto(f"{old_server.url}/students?sort=phonenum")
    expect_numbers(page, students(old_server))


def test_it_shows_a_person_and_reveals_on_record(
    visit: Visit, old_server: WebServer, artefacts: Path
) -> None:
    visitor = visit(old_server, "/students?term=4043")
    page, first = visitor.page, students(old_server, "term = '4043'")[0]
    page.locator("table.hg-table tbody a").first.click()
    panel = page.locator(".st-key-person_panel")
    expect(panel).to_contain_text(first["familyname"])
    expect(panel).not_to_contain_text(first["phonenum"])
    assert first["studentnum"] not in page.url
    take_pictures(visitor, artefacts, "one_student")

    panel.locator(".st-key-reveal button").click()
    dialog = page.get_by_role("dialog")
    dialog.locator("input").fill(REASON)
    dialog.locator(".st-key-dialog_reveal button").click()
    expect(dialog).to_contain_text(first["phonenum"])
    entry = last_entry(old_server, REVEALED)
    assert (entry.actor, entry.detail) == (NAME, REASON)
    page.keyboard.press("Escape")
    panel.locator(".st-key-close_person button").click()
    expect(panel).to_have_count(0)
    expect_numbers(page, students(old_server, "term = '4043'"))


def test_it_leads_from_a_run_to_its_changes_and_to_the_person(
    visit: Visit, old_server: WebServer, artefacts: Path
) -> None:
    visitor = visit(old_server, f"/run?id={partial_run(old_server)}")
    page = visitor.page
    page.get_by_role("tab").nth(1).click()
    page.locator('a.hg-button[href^="changes"]').click()
    table = page.locator("table.hg-table").last
    expect(table).to_contain_text("در حال تحصیل")
    expect(table).to_contain_text("فارغ‌التحصیل")
    visitor.settle()
    take_pictures(visitor, artefacts, "changes_of_a_run")

    table.locator('a[href*="person="]').first.click()
    panel = page.locator(".st-key-person_panel")
    expect(panel).to_contain_text("4010000001")
    expect(panel.locator("table.hg-table")).to_contain_text("فارغ‌التحصیل")
