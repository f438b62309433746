"""The page of quality: every state of a source, and what it leads to."""

import re
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import insert, update

from pages._parts.rules import RULES
from sync_core.access.permissions import VIEWER
from sync_core.base import rules
from sync_core.base.clock import utc_now
from sync_core.base.i18n import _
from sync_core.base.settings import load
from sync_core.inspect.quality_count import count_quality
from sync_core.store import data, fields
from sync_core.store.engines import Databases
from sync_core.store.fence import raise_fence
from tests import seed
from tests.pages.screen import Open, words


def add_run(databases: Databases, source: str = "faculty") -> int:
    """A run that has taken the source and ended; what it left is not counted yet."""
    run_id = seed.add_success(databases, source)
    with databases.data.write() as session:
        raise_fence(session, source, run_id, utc_now())
        changed = data.row_changes
        cell = {"column": "city", "old": "a", "new": "b", "key": "x", "at": utc_now()}
        session.execute(insert(changed).values(run_id=run_id, source=source, **cell))
    return run_id


def row_of(shown: str, title: str) -> str:
    [row] = [row for row in shown.split("<tr>") if f"<strong>{title}</strong>" in row]
    return row.split("</tr>")[0]


def test_it_says_that_nothing_was_counted_before_anything_ran(open_page: Open) -> None:
    shown = words(open_page("quality"))
    assert shown.count(_("Nothing has been counted yet.")) == 2
    assert "<table" not in shown


def test_it_says_that_a_run_is_being_counted(open_page: Open, databases: Databases) -> None:
    seed.add_faculty(databases, 3)
    add_run(databases)
    shown = words(open_page("quality"))
    assert _("The last run is being counted.") in shown

    count_quality(load(), databases)
    add_run(databases)
    shown = words(open_page("quality"))
    assert _("A newer run has ended and is being counted") in shown
    assert "<table" in shown


@pytest.mark.parametrize("role", [VIEWER, "admin"])
def test_it_shows_each_rule_with_its_count_and_a_way_to_the_rows(
    open_page: Open, databases: Databases, role: str
) -> None:
    seed.add_faculty(databases, 9)
    run_id = add_run(databases)
    assert count_quality(load(), databases) == [run_id]

    shown = words(open_page("quality", role))

    province = row_of(shown, _("Province not known"))
    assert '<bdi dir="ltr">9</bdi>' in province
    assert _("To look at") in province
    assert 'href="faculty?rule=province"' in province
    mobile = row_of(shown, _("Malformed mobile number"))
    assert '<bdi dir="ltr">0</bdi>' in mobile
    assert _("All right") in mobile
    assert "href" not in mobile
    empty = row_of(shown, _("Columns that hold nothing"))
    assert _("Contract type") in empty
    assert f'href="run?id={run_id}"' in shown
    assert shown.index(_("Province not known")) < shown.index(_("Malformed mobile number"))


def test_it_shows_how_a_count_went(open_page: Open, databases: Databases) -> None:
    seed.add_faculty(databases, 9)
    for province in (None, 7):
        with databases.data.write() as session:
            some = data.faculty.c.id <= 4
            session.execute(update(data.faculty).where(some).values(province_code=province))
        add_run(databases)
        count_quality(load(), databases)

    shown = words(open_page("quality"))

    trend = row_of(shown, _("Province not known")).split("hg-spark")[1].split("</span>")[0]
    assert re.findall(r"height:(\d+)%", trend) == ["100", "59"]
    assert _("From {first} to {last}; runs: {n}").format(first=9, last=5, n=2) in trend


def test_it_leads_to_the_records_that_have_no_key(open_page: Open, databases: Databases) -> None:
    seed.add_faculty(databases, 3)
    seed.add_ledger(databases, "faculty", timedelta(hours=1))
    run_id = add_run(databases)
    with databases.data.write() as session:
        ended = {"status": "success", "duration_s": 1.0, "finished_at": utc_now()}
        session.execute(insert(data.unit_runs).values(run_id=run_id, unit_id=1, **ended))
        reject = {"position": 1, "record": {"name": "بی‌کد"}, "at": utc_now(), "unit": "all"}
        reason = "nationalcode is missing or is no code"
        common = {"run_id": run_id, "source": "faculty", "reason": reason}
        session.execute(insert(data.rejected_rows).values(**common, **reject))
    count_quality(load(), databases)

    row = row_of(words(open_page("quality")), _("Records without a key"))

    assert '<bdi dir="ltr">1</bdi>' in row
    assert f'href="run?id={run_id}"' in row


def test_it_names_fields_as_text(open_page: Open, databases: Databases) -> None:
    seed.add_faculty(databases, 3)
    with databases.data.write() as session:
        fields.note(session, "faculty", 1, {"name", "family"})
        fields.note(session, "faculty", 2, {"name", "<b>x</b>"})
    add_run(databases)
    count_quality(load(), databases)
    shown = words(open_page("quality"))
    assert "<b>x</b>" not in shown
    assert "<b>x</b>" in unescape(row_of(shown, _("Fields that appeared")))
    assert _("Family name") in row_of(shown, _("Fields that went"))


def test_it_says_so_when_the_database_is_gone(open_page: Open, databases: Databases) -> None:
    assert databases.data.file is not None
    open_page("quality")
    databases.data.engine.dispose()
    databases.data.file.unlink()
    app = open_page("quality")
    assert len(app.error) == 1


def test_every_rule_has_words() -> None:
    assert set(RULES) == {*rules.OF_ROWS, *rules.OF_TABLES}
