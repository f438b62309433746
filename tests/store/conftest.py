"""Runs every test of this room that uses databases on SQLite and on PostgreSQL."""

import pytest

from tests.postgres import BOTH, use_new_database


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "databases" in metafunc.fixturenames:
        metafunc.parametrize("own_databases", BOTH, indirect=True)


@pytest.fixture(autouse=True)
def own_databases(
    own_databases: None, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    if getattr(request, "param", "sqlite") == "postgresql":
        use_new_database(request, monkeypatch)
