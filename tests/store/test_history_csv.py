"""The history as CSV: every run that fits, as text that no spreadsheet takes for a formula."""

import csv
import io

import pytest
from sqlalchemy import select, text

from sync_core.inspect import history_csv
from sync_core.inspect.csv_text import BOM, csv_lines
from sync_core.store.control_access import AccessLog
from sync_core.store.engines import Databases
from sync_core.store.history import HistoryFilter
from tests import seed

EVERYTHING = HistoryFilter()


def taken(databases: Databases, which: HistoryFilter = EVERYTHING) -> list[dict[str, str]]:
    whole = "".join(history_csv.history_csv(databases, seed.VISITOR, which))
    assert whole.startswith(BOM)
    return list(csv.DictReader(io.StringIO(whole[len(BOM) :], newline="")))


def test_it_holds_every_run_newest_first_with_the_numbers_of_the_table(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_csv, "AT_ONCE", 7)
    seed.add_history(databases, "faculty", 30)

    rows = taken(databases)

    with databases.control.read() as session:
        stored = session.execute(
            text("SELECT id, fetched, inserted, status FROM sync_runs ORDER BY id DESC")
        ).all()
    assert [(int(r["id"]), int(r["fetched"]), int(r["inserted"]), r["status"]) for r in rows] == [
        tuple(row) for row in stored
    ]


def test_it_holds_only_what_fits_the_filter(databases: Databases) -> None:
    seed.add_success(databases, "faculty")
    failed = seed.add_failure(databases, "students", "auth")
    assert [row["id"] for row in taken(databases, HistoryFilter(status="failed"))] == [str(failed)]


def test_it_is_on_record_before_the_first_line(databases: Databases) -> None:
    history_csv.history_csv(databases, seed.VISITOR, EVERYTHING)
    with databases.control.read() as session:
        [row] = session.scalars(select(AccessLog).where(AccessLog.action == "export"))
    assert (row.actor, row.target) == (seed.VISITOR.name, "sync_runs")


@pytest.mark.parametrize("given", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", '="a",b'])
def test_no_text_is_a_formula(databases: Databases, given: str) -> None:
    seed.add_failure(databases, "faculty", "gateway", error_message=given)
    assert [row["error_message"] for row in taken(databases)] == [f"'{given}"]


def test_numbers_stay_numbers_and_nothing_is_nothing() -> None:
    _head, line = csv_lines(["a", "b", "c"], [[-3, None, "007"]])
    assert line == "-3,,007\r\n"
