"""Rows of a filter taken away in a real browser: the file is the table, the link is good once."""

import csv
from pathlib import Path
from urllib.parse import urlsplit

import openpyxl
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from sync_core.inspect.masking import DOTS
from tests import seed
from tests.e2e.browser import Visit, Visitor
from tests.e2e.screens import take_pictures
from tests.pages.web_server import WebServer

pytestmark = pytest.mark.e2e

REASON = "برای صدور کارت تازه"
TERM = seed.TERMS[0]
PERSONAL = {"birthdate", "address", "phonenum", "email"}
LINK = "a[href^='/download/people']"


def stored(server: WebServer) -> list[dict[str, str]]:
    """By SQL alone."""
    query = 'SELECT * FROM "Students" WHERE term = :term ORDER BY studentnum'
    with server.databases.data.read() as session:
        rows = session.execute(text(query), {"term": TERM}).mappings()
        return [{name: "" if row[name] is None else str(row[name]) for name in row} for row in rows]


def masked(rows: list[dict[str, str]], header: list[str]) -> list[list[str]]:
    return [
        [DOTS if name in PERSONAL and row[name] else row[name] for name in header] for row in rows
    ]


def opened(visit: Visit, server: WebServer) -> Visitor:
    visitor = visit(server, f"/students?term={TERM}")
    visitor.page.locator(".st-key-export button").click()
    expect(visitor.page.get_by_role("dialog")).to_be_visible()
    return visitor


def download(page: Page, folder: Path) -> Path:
    page.locator(".st-key-dialog_export button").click()
    with page.expect_download() as found:
        page.locator(LINK).click()
    file = folder / found.value.suggested_filename
    found.value.save_as(file)
    return file


def rows_of(file: Path) -> tuple[list[str], list[list[str]]]:
    """Header and rows."""
    if file.suffix == ".csv":
        with file.open(encoding="utf-8-sig", newline="") as lines:
            header, *rows = list(csv.reader(lines))
        return header, rows
    sheet = openpyxl.load_workbook(file).active
    cells = [["" if v is None else str(v) for v in row] for row in sheet.values]
    return cells[0], cells[1:]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_it_takes_away_what_the_filter_leaves_masked_as_on_the_screen(
    visit: Visit, old_server: WebServer, tmp_path: Path, artefacts: Path, kind: str
) -> None:
    visitor = opened(visit, old_server)
    page = visitor.page
    words = {"csv": "CSV", "xlsx": "Excel"}[kind]
    page.locator(".st-key-export_format").get_by_text(words, exact=True).click()
    take_pictures(visitor, artefacts, f"export_{kind}", ("dark", "phone"))

    file = download(page, tmp_path)

    assert file.suffix == f".{kind}"
    header, rows = rows_of(file)
    wanted = stored(old_server)
    assert len(wanted) > 1
    assert rows == masked(wanted, header)
    assert urlsplit(page.url).path == "/students", "the page stays where it is"


def test_it_takes_personal_columns_away_with_a_reason(
    visit: Visit, old_server: WebServer, tmp_path: Path
) -> None:
    page = opened(visit, old_server).page
    page.locator(".st-key-export_unmasked label").click()
    page.locator(".st-key-export_reason input").fill(REASON)
    page.keyboard.press("Enter")

    header, rows = rows_of(download(page, tmp_path))

    assert rows == [[row[name] for name in header] for row in stored(old_server)]
    with old_server.databases.control.read() as session:
        newest = "SELECT detail FROM access_logs WHERE action = 'export' ORDER BY id DESC LIMIT 1"
        assert session.scalar(text(newest)) == (
            f"csv, {len(rows)} rows, unmasked: {REASON}; term={TERM}"
        )


def test_a_link_that_was_used_says_so_in_words(
    visit: Visit, old_server: WebServer, tmp_path: Path
) -> None:
    page = opened(visit, old_server).page
    download(page, tmp_path)
    page.locator(LINK).click()
    page.wait_for_url("**/download/people*")
    assert page.locator("html").get_attribute("dir") == "rtl"
