"""What a path needs: the longest entry of the table that fits, and a session where none does."""

import pytest

from sync_core.access import matrix
from sync_core.access.matrix import CLOSED, OPEN, route_needs
from sync_core.access.permissions import MEANINGS, OWN, SEE


@pytest.mark.parametrize(
    ("path", "needed"),
    [
        ("/login", OPEN),
        ("/login/", SEE),
        ("/loginx", SEE),
        ("/assets/icon.svg", OPEN),
        ("/assets", SEE),
        ("/healthz", OPEN),
        ("/healthz/x", SEE),
        ("/session", OWN),
        ("/_stcore/stream", SEE),
        ("/_stcore/metrics", CLOSED),
        ("/_stcore/metrics/x", CLOSED),
        ("/_stcore/agent/mcp", CLOSED),
        ("/_stcore/upload_file/a/b", CLOSED),
        ("/component/x", CLOSED),
        ("/auth/login", CLOSED),
        ("/media/x", SEE),
        ("/whatever/comes", SEE),
        ("", SEE),
    ],
)
def test_it_needs_a_session_for_everything_but_the_few_open_paths(path: str, needed: str) -> None:
    assert route_needs(path) == needed


def test_it_names_only_permissions_that_there_are() -> None:
    tables = (matrix.PAGES, matrix.COMMANDS, matrix.USE_CASES)
    assert set().union(*(table.values() for table in tables)) <= set(MEANINGS)
    assert set(matrix.ROUTES.values()) <= set(MEANINGS) | {OPEN, CLOSED}
