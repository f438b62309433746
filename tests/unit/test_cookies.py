"""Cookies and proofs: only what we sealed, for what we sealed it."""

import pytest
from starlette.requests import HTTPConnection

from sync_core.access.cookies import FORM_COOKIE, SESSION_COOKIE, Seal

SEAL = Seal("k" * 40)


def with_cookie(name: str, value: str) -> HTTPConnection:
    headers = [(b"cookie", f"{name}={value}".encode())]
    return HTTPConnection({"type": "http", "headers": headers})


def test_it_opens_what_it_sealed() -> None:
    value = SEAL.session_value("a-token")
    assert SEAL.session_token(with_cookie(SESSION_COOKIE, value)) == "a-token"


@pytest.mark.parametrize(
    "value",
    ["", "a-token", "a-token.x.y", SEAL.form_value("a-token")],
    ids=["empty", "unsealed", "made up", "of another kind"],
)
def test_it_opens_nothing_when_the_cookie_is_not_a_session_of_ours(value: str) -> None:
    assert SEAL.session_token(with_cookie(SESSION_COOKIE, value)) is None


def test_it_opens_nothing_when_another_key_sealed_it() -> None:
    value = Seal("o" * 40).session_value("a-token")
    assert SEAL.session_token(with_cookie(SESSION_COOKIE, value)) is None


def test_it_takes_a_form_only_when_form_and_cookie_agree() -> None:
    value = SEAL.form_value("one")
    assert SEAL.form_is_ours(with_cookie(FORM_COOKIE, "one"), value)
    assert not SEAL.form_is_ours(with_cookie(FORM_COOKIE, "two"), value)
    assert not SEAL.form_is_ours(with_cookie(FORM_COOKIE, ""), "")


def test_it_takes_a_proof_of_logout_only_for_its_own_session() -> None:
    proof = SEAL.logout_proof("ab12")
    assert SEAL.proves_logout("ab12", proof)
    assert not SEAL.proves_logout("cd34", proof)
    assert not SEAL.proves_logout("ab12", "")
