"""A hundred thousand runs are wide: what the screens ask of them goes by an index, on SQLite.

SQLite counts no rows, so its plans are the same for three runs as for all of them.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import event

from sync_core.base.clock import utc_now
from sync_core.base.settings import load
from sync_core.inspect import audit, history, overview, run_stats, trends
from sync_core.store import runs
from sync_core.store.engines import Databases
from sync_core.store.history import HistoryFilter
from tests import seed
from tests.store.people import CLI

Ask = Callable[[Databases], object]
A_YEAR = HistoryFilter(since=utc_now() - timedelta(days=365), until=utc_now())
BY_HAND = HistoryFilter(source="faculty", status="success", trigger="manual", who="admin")
SUMS = "USING COVERING INDEX sync_runs_sums"


@pytest.fixture
def on_sqlite() -> Iterator[Databases]:
    opened = seed.prepared(load())
    seed.add_history(opened, "faculty", 3)
    seed.add_running(opened, "students")
    yield opened
    opened.dispose()


def plans(databases: Databases, ask: Ask) -> list[str]:
    """One line for each place where a query reads runs or the audit log."""
    asked: list[tuple[str, tuple[object, ...]]] = []

    def note(*given: object) -> None:
        _connection, _cursor, statement, values = given[:4]
        if isinstance(values, tuple):
            asked.append((str(statement), values))

    engine = databases.control.engine
    event.listen(engine, "before_cursor_execute", note)
    ask(databases)
    event.remove(engine, "before_cursor_execute", note)
    with engine.connect() as connection:
        found = [
            str(row[3])
            for statement, values in asked
            if statement.startswith(("SELECT", "WITH"))
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        ]
    return [line for line in found if "sync_runs" in line or "access_logs" in line]


def history_page(which: HistoryFilter) -> Ask:
    return lambda databases: history.history_page(databases, seed.VISITOR, which, 1)


def stats(which: HistoryFilter) -> Ask:
    return lambda databases: run_stats.run_stats(databases, seed.VISITOR, which)


ASKED: dict[str, Ask] = {
    "the overview": lambda databases: overview.read_overview(databases, seed.VISITOR, seed.SOURCES),
    "the trends": lambda databases: trends.read_trends(databases, seed.VISITOR, seed.SOURCES),
    "a page of a year": history_page(A_YEAR),
    "a page by hand": history_page(BY_HAND),
    "sums of everything": stats(HistoryFilter()),
    "sums of a year": stats(A_YEAR),
    "sums by hand": stats(BY_HAND),
    "a year's outcomes": lambda databases: run_stats.outcomes_by_day(
        databases, seed.VISITOR, A_YEAR
    ),
    "who asked": lambda databases: run_stats.requesters(databases, seed.VISITOR),
    "who did something": lambda databases: audit.audit_actors(databases, CLI),
}


@pytest.mark.parametrize("what", ASKED)
def test_it_reads_no_row_that_it_does_not_show(on_sqlite: Databases, what: str) -> None:
    found = plans(on_sqlite, ASKED[what])
    assert found
    for line in found:
        newest_few = line == "SCAN sync_runs" and what == "the overview"
        assert "USING" in line or newest_few, line


@pytest.mark.parametrize("which", [HistoryFilter(), A_YEAR, BY_HAND])
def test_it_sums_up_from_the_index_alone(on_sqlite: Databases, which: HistoryFilter) -> None:
    """Word for word as the index has them, days and durations are not computed again."""
    (line,) = plans(on_sqlite, stats(which))
    assert SUMS in line


def test_it_finds_a_period_where_its_days_begin(on_sqlite: Databases) -> None:
    (line,) = plans(on_sqlite, stats(A_YEAR))
    assert line.startswith("SEARCH")
    assert "<expr>>? AND <expr><?" in line


def test_it_finds_active_runs_without_the_ended_ones(on_sqlite: Databases) -> None:
    def ask(databases: Databases) -> None:
        with databases.control.read() as session:
            runs.active_runs(session)
            runs.active_run(session, "students")

    every, one = plans(on_sqlite, ask)
    assert "sync_runs_active" in every
    assert "sync_runs_active" in one or "one_active_run_a_source" in one


def test_it_marks_what_has_ended_without_counting_it(on_sqlite: Databases) -> None:
    found = plans(on_sqlite, lambda databases: run_stats.stats_mark(databases, seed.VISITOR))
    newest_ended = "SCAN sync_runs"  # from the end, as far as the first that has ended
    assert [line for line in found if line.startswith("SCAN")] == [newest_ended]
