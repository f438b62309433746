"""Runs every test of this room that uses databases on SQLite and on PostgreSQL."""

from collections.abc import Iterator

import pytest

from sync_core.access import audit, login, open_sessions, own_password, passwords, sessions, users
from sync_core.base.settings import load
from sync_core.engine.source import Source, find_source
from sync_core.store.engines import Databases
from tests import seed
from tests.postgres import BOTH, use_new_database
from tests.store.people import Clock


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "databases" in metafunc.fixturenames:
        metafunc.parametrize("own_databases", BOTH, indirect=True)


@pytest.fixture(autouse=True)
def own_databases(
    own_databases: None, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    if getattr(request, "param", "sqlite") == "postgresql":
        use_new_database(request, monkeypatch)


@pytest.fixture
def databases() -> Iterator[Databases]:
    """Migrated, with a row for each source: nothing has ever run."""
    opened = seed.prepared(load())
    yield opened
    opened.dispose()


@pytest.fixture
def faculty() -> Source:
    return find_source(load(), "faculty")


@pytest.fixture
def students() -> Source:
    return find_source(load(), "students")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """What everything about access takes for the time."""
    clock = Clock()
    for module in (audit, login, open_sessions, own_password, sessions, users):
        monkeypatch.setattr(module, "utc_now", clock)
    return clock


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every password that was looked at. Nothing is hashed: that is not what the test is about."""
    looked_at: list[str] = []

    def matches(known: str | None, given: str) -> bool:
        looked_at.append(given)
        return known == given

    monkeypatch.setattr(passwords, "matches", matches)
    monkeypatch.setattr(passwords, "hash_password", lambda password: password)
    monkeypatch.setattr(passwords, "is_outdated", lambda known: False)
    return looked_at
