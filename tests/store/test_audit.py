"""The audit log: what is in an entry, and that no entry is ever changed or taken out."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError

from sync_core.access import audit
from sync_core.access.permissions import OPERATOR, Actor
from sync_core.base.errors import DatabaseError
from sync_core.base.redact import keep_secret
from sync_core.store.control_access import AccessLog
from sync_core.store.engines import Databases
from tests.store.people import HERE, added, entries

KARIMI = Actor("m.karimi", OPERATOR, 1, HERE)
SAME_ID = (
    "INSERT {} access_logs (id, at, actor, action) VALUES ({}, '2026-01-01', 'nobody', 'nothing')"
)
ON_BOTH = (
    "UPDATE access_logs SET actor = 'nobody'",
    "UPDATE access_logs SET at = '2026-01-01' WHERE id = 1",
    "DELETE FROM access_logs",
    "DELETE FROM access_logs WHERE id = 1",
    SAME_ID.format("INTO", 1) + " ON CONFLICT (id) DO UPDATE SET actor = 'nobody'",
)
ON_SQLITE = (
    SAME_ID.format("OR REPLACE INTO", 1),
    "REPLACE INTO access_logs (id, at, actor, action) VALUES (1, '2026-01-01', 'nobody', 'x')",
    "UPDATE OR REPLACE access_logs SET id = 2 WHERE id = 1",
    "UPDATE OR IGNORE access_logs SET actor = 'nobody'",
)
ON_POSTGRESQL = (
    "TRUNCATE access_logs",
    "TRUNCATE access_logs CASCADE",
    "WITH gone AS (DELETE FROM access_logs RETURNING 1) SELECT count(*) FROM gone",
    "UPDATE access_logs SET actor = 'nobody' WHERE false",
)


@pytest.fixture
def filled(databases: Databases) -> Databases:
    with databases.control.write() as session:
        for number in range(3):
            audit.record(session, KARIMI, audit.RUN_REQUESTED, f"run {number}", "faculty, full")
    return databases


@contextmanager
def nothing_changes(databases: Databases) -> Iterator[None]:
    before = everything(databases)
    assert len(before) == 3
    yield
    assert everything(databases) == before


def everything(databases: Databases) -> list[tuple[object, ...]]:
    with databases.control.read() as session:
        rows = session.execute(select(AccessLog.__table__).order_by(AccessLog.id))
        return [tuple(row) for row in rows]


def statements(databases: Databases) -> tuple[str, ...]:
    if databases.control.engine.dialect.name == "sqlite":
        return ON_BOTH + ON_SQLITE
    return ON_BOTH + ON_POSTGRESQL


def test_it_says_who_did_what_to_what_and_from_where(filled: Databases) -> None:
    with filled.control.read() as session:
        row = session.scalars(select(AccessLog).order_by(AccessLog.id)).first()
    assert row is not None
    told = (row.actor, row.action, row.target, row.detail, row.address)
    assert told == ("m.karimi", "run.requested", "run 0", "faculty, full", HERE)


def test_it_refuses_every_statement_that_changes_an_entry(filled: Databases) -> None:
    """Also such as an attacker would write, through the application's own connections."""
    with nothing_changes(filled):
        for statement in statements(filled):
            with pytest.raises((DatabaseError, DBAPIError)), filled.control.write() as session:
                session.execute(text(statement))
            with (
                pytest.raises((DatabaseError, DBAPIError)),
                filled.control.engine.execution_options(writes=True).begin() as connection,
            ):
                connection.exec_driver_sql(statement)


def test_it_refuses_a_change_through_the_mapped_row(filled: Databases) -> None:
    with nothing_changes(filled):
        for statement in (update(AccessLog).values(actor="nobody"), delete(AccessLog)):
            with pytest.raises(DatabaseError), filled.control.write() as session:
                session.execute(statement)
        with pytest.raises(DatabaseError), filled.control.write() as session:
            session.get_one(AccessLog, 1).actor = "nobody"
        with pytest.raises(DatabaseError), filled.control.write() as session:
            session.delete(session.get_one(AccessLog, 1))


def test_it_goes_on_growing_after_a_refusal(filled: Databases) -> None:
    with pytest.raises(DatabaseError), filled.control.write() as session:
        session.execute(delete(AccessLog))
    with filled.control.write() as session:
        audit.record(session, KARIMI, audit.RUN_CANCELLED, "run 2")
    assert entries(filled)[-1] == ("m.karimi", "run.cancelled", "run 2")


def test_it_keeps_no_entry_of_what_was_not_done(databases: Databases) -> None:
    with suppress(ZeroDivisionError), databases.control.write() as session:
        audit.record(session, KARIMI, audit.RUN_REQUESTED, "run 1")
        raise ZeroDivisionError
    assert entries(databases) == []


@pytest.mark.usefixtures("verified")
def test_it_keeps_the_entries_of_a_person_who_is_gone(databases: Databases) -> None:
    added(databases)
    before = entries(databases)
    with databases.control.write() as session:
        session.execute(text("DELETE FROM users"))
    assert entries(databases) == before


def test_it_writes_no_secret_and_no_endless_detail(databases: Databases) -> None:
    keep_secret("a-pass-word-that-nobody-says")
    with databases.control.write() as session:
        told = "from a-pass-word-that-nobody-says to " + "x" * 5_000
        audit.record(session, KARIMI, audit.SETTING_CHANGED, "gateway", told)
    with databases.control.read() as session:
        [detail] = session.scalars(select(AccessLog.detail))
    assert detail is not None
    assert "nobody-says" not in detail
    assert len(detail) <= audit.LONGEST_DETAIL


def test_it_names_every_action_once() -> None:
    named = {
        value
        for name, value in vars(audit).items()
        if name.isupper() and isinstance(value, str) and name != "ACTIONS"
    }
    assert sorted(audit.ACTIONS) == sorted(named)
