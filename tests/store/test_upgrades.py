"""A data database of the version before keeps its people, and learns which unit each row is of."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest
from alembic import command
from sqlalchemy import text

from sync_core.base.settings import load
from sync_core.schedule.plans import next_runs, read_schedules
from sync_core.store import migrate
from sync_core.store.engines import Databases, open_databases
from tests.postgres import new_database
from tests.seed import VISITOR

BEFORE = (
    "INSERT INTO unit_state (id, source, unit, rank, in_plan, status, mapping_version, digest)"
    " VALUES (1, 'students', '4051/1110', '2', true, 'success', 1, 'x'),"
    " (2, 'students', '4041/1110', '1', true, 'success', null, null),"
    " (3, 'students', '4061/1110', '3', false, 'success', null, null)",
    'INSERT INTO "Students" (studentnum, city, missing_since, first_run, last_run)'
    " VALUES ('1', 'a', null, 1, 1), ('2', 'b', null, 1, 1), ('3', 'c', '2026-01-01', 1, 1)",
    "INSERT INTO unit_members (unit_id, key, digest) VALUES (1, '1', 'd'), (2, '1', 'd'),"
    " (3, '1', 'd'), (2, '2', 'd'), (2, '3', 'd')",
    "INSERT INTO unit_runs (run_id, unit_id, status, duration_s, finished_at)"
    " VALUES (1, 1, 'success', 1.5, '2026-01-01')",
)


@pytest.fixture
def databases(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Databases]:
    """Empty ones, which nothing has migrated yet."""
    with ExitStack() as stack:
        if load().data_url.startswith("postgresql"):
            url = stack.enter_context(new_database(request.config))
            monkeypatch.setenv("HAMGAM_DATABASE_URL", url)
            monkeypatch.setenv("HAMGAM_DATA_URL", url)
        opened = open_databases(load())
        yield opened
        opened.dispose()


def test_it_gives_rows_their_unit_and_forgets_old_digests(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade = command.upgrade
    with monkeypatch.context() as patch:
        patch.setattr(command, "upgrade", lambda config, _newest: upgrade(config, "0001"))
        migrate.prepare(load(), databases)
    with databases.data.write() as session:
        for statement in BEFORE:
            session.execute(text(statement))

    migrate.prepare(load(), databases)

    with databases.data.read() as session:
        rows = session.execute(text('SELECT studentnum, city, unit_id FROM "Students" ORDER BY 1'))
        members = session.execute(text("SELECT unit_id, key FROM unit_members ORDER BY 1, 2"))
        mappings = session.scalars(text("SELECT mapping_version FROM unit_state")).all()
        skipped = session.scalars(text("SELECT skipped FROM unit_runs")).all()
        assert [tuple(row) for row in rows] == [("1", "a", 1), ("2", "b", 2), ("3", "c", None)]
        assert [tuple(row) for row in members] == [(1, "1"), (2, "1"), (2, "2"), (2, "3"), (3, "1")]
    assert set(mappings) == {None}
    assert [bool(value) for value in skipped] == [False]


def test_it_keeps_the_slots_of_schedules_and_holds_no_older_failure_against_them(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade = command.upgrade
    with monkeypatch.context() as patch:
        patch.setattr(command, "upgrade", lambda config, _newest: upgrade(config, "0003"))
        migrate.prepare(load(), databases, data=True)
    with databases.control.write() as session:
        session.execute(
            text(
                "INSERT INTO schedules (source, enabled, interval_value, interval_unit, mode,"
                " next_due_at, updated_at, updated_by) VALUES ('faculty', true, 6, 'hours', 'full',"
                " '2026-11-24 10:30:00', '2026-11-24 04:30:00', 'karimi')"
            )
        )

    migrate.prepare(load(), databases)

    [row] = read_schedules(databases, VISITOR)
    assert (row.kind, row.retries, row.anchor_at) == ("every", 0, row.next_due_at)
    first, second, *_ = next_runs(row, row.updated_at)
    assert (first.at, second.at - first.at) == (row.next_due_at, timedelta(hours=6))
