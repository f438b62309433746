"""Under which names we answer, and whose forms and websockets we take."""

import pytest
from starlette.types import Scope

from sync_core.access.origin import is_our_host, is_same_origin

TRUSTED = ("sync.example.ac.ir", "*.campus.example.ac.ir", "10.0.0.7", "fd00::7")


def scope(**headers: str) -> Scope:
    given = [(name.encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "headers": given}


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:8501",
        "127.0.0.1:8501",
        "[::1]:8501",
        "sync.example.ac.ir",
        "SYNC.example.ac.ir:443",
        "north.campus.example.ac.ir",
        "10.0.0.7:8501",
        "[fd00::7]:8501",
    ],
)
def test_it_answers_to_the_names_that_it_was_given(host: str) -> None:
    assert is_our_host(scope(host=host), TRUSTED)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "evil.example:127.0.0.1",
        "localhost@evil.example",
        "sync.example.ac.ir.evil.example",
        "evilsync.example.ac.ir",
        "campus.example.ac.ir",
        "evilcampus.example.ac.ir",
        "[::1",
        "*.campus.example.ac.ir@evil.example",
    ],
)
def test_it_answers_to_no_other_name(host: str) -> None:
    assert not is_our_host(scope(host=host), TRUSTED)


def test_it_answers_to_nobody_who_names_no_host() -> None:
    assert not is_our_host(scope(), TRUSTED)


@pytest.mark.parametrize(
    ("origin", "same"),
    [
        ("https://sync.example.ac.ir", True),
        ("https://SYNC.example.ac.ir", True),
        ("https://sync.example.ac.ir:8443", False),
        ("https://evil.example", False),
        ("https://sync.example.ac.ir.evil.example", False),
        ("null", False),
        ("https://[", False),
        ("", False),
    ],
)
def test_it_takes_forms_and_websockets_from_its_own_pages_alone(origin: str, same: bool) -> None:
    assert is_same_origin(scope(host="sync.example.ac.ir", origin=origin)) is same


def test_it_takes_what_says_nothing_for_no_browser() -> None:
    assert is_same_origin(scope(host="sync.example.ac.ir"))
