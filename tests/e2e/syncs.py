"""A sync by clicks, and what the databases say about it."""

import re

from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select, text

from sync_core.store.control import Run, RunUnit
from tests.e2e.browser import PATIENCE_MS
from tests.pages.web_server import WebServer


def start(page: Page, source: str) -> Locator:
    """Click and confirm on the overview; the card of the source, once its run is live."""
    card = page.locator(f".st-key-card_{source}")
    card.locator(f".st-key-sync_{source} button").click()
    page.locator(".st-key-dialog_start button").click()
    expect(card.locator("[data-testid=stProgress]")).to_be_visible(timeout=PATIENCE_MS)
    return card


def expect_end(place: Locator, status: str) -> None:
    """The run that is shown in `place` ends so; nobody reloads."""
    expect(place.locator("[data-testid=stProgress]")).to_have_count(0, timeout=PATIENCE_MS)
    badge = place.locator(".hg-badge").first
    expect(badge).to_have_class(f"hg-badge hg-{status}", timeout=PATIENCE_MS)


def expect_run(page: Page, after: int) -> int:
    """The page shows a newer run than `after`; its number."""
    expect(page).not_to_have_url(re.compile(rf"id={after}\b"), timeout=PATIENCE_MS)
    found = re.search(r"id=(\d+)", page.url)
    assert found, page.url
    expect(page.get_by_role("heading", level=1)).to_contain_text(found[1])
    return int(found[1])


def newest_run(server: WebServer, source: str) -> Run:
    with server.databases.control.read() as session:
        query = select(Run).where(Run.source == source).order_by(Run.id.desc()).limit(1)
        run = session.scalars(query).one()
        session.expunge(run)
        return run


def units_of(server: WebServer, run_id: int) -> dict[str, str]:
    """Unit → status, as the history has them."""
    with server.databases.control.read() as session:
        units = session.scalars(select(RunUnit).where(RunUnit.run_id == run_id))
        return {unit.unit: unit.status for unit in units}


def count(server: WebServer, table: str) -> int:
    with server.databases.data.read() as session:
        return int(session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())
