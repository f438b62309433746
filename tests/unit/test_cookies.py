"""Cookies and proofs: only what we sealed, for what we sealed it."""

import pytest
from starlette.requests import HTTPConnection
from starlette.responses import Response

from sync_core.access.cookies import (
    BROWSER_COOKIE,
    FORM_COOKIE,
    LIVES_S,
    SESSION_COOKIE,
    Seal,
    cookie_name,
    delete_cookie,
    set_cookie,
)
from sync_core.access.login import KnownBrowser

SEAL = Seal("k" * 40)
COOKIES = (SESSION_COOKIE, FORM_COOKIE, BROWSER_COOKIE)


def with_cookie(name: str, value: str, scheme: str = "http") -> HTTPConnection:
    headers = [(b"cookie", f"{name}={value}".encode())]
    return HTTPConnection({"type": "http", "scheme": scheme, "headers": headers})


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


def test_it_knows_a_browser_that_it_sealed_and_no_other() -> None:
    browser = KnownBrowser(7, "a-mark")
    sealed = SEAL.browser_value(browser)
    assert SEAL.browser(with_cookie(BROWSER_COOKIE, sealed)) == browser
    for bad in ("", "7-a-mark", Seal("o" * 40).browser_value(browser), SEAL.session_value("7-x")):
        assert SEAL.browser(with_cookie(BROWSER_COOKIE, bad)) is None


@pytest.mark.parametrize("scheme", ["https", "wss"])
def test_it_looks_under_https_only_for_what_no_other_host_can_set(scheme: str) -> None:
    value = SEAL.session_value("a-token")
    assert SEAL.session_token(with_cookie(SESSION_COOKIE, value, scheme)) is None
    assert SEAL.session_token(with_cookie(f"__Host-{SESSION_COOKIE}", value, scheme)) == "a-token"
    assert SEAL.session_token(with_cookie(f"__Host-{SESSION_COOKIE}", value)) is None


@pytest.mark.parametrize("name", COOKIES)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_it_guards_every_cookie_and_deletes_it_as_it_was_set(name: str, scheme: str) -> None:
    request, given, deleted = with_cookie("x", "y", scheme), Response(), Response()
    set_cookie(given, request, name, "value")
    delete_cookie(deleted, request, name)
    full = f"__Host-{name}" if scheme == "https" else name
    assert cookie_name(request, name) == full
    for answer, value, age in ((given, "value", LIVES_S[name]), (deleted, '""', 0)):
        [line] = answer.headers.getlist("set-cookie")
        first, *attributes = line.split("; ")
        assert first == f"{full}={value}"
        assert {"HttpOnly", "Path=/", "SameSite=lax", f"Max-Age={age}"} <= set(attributes)
        assert ("Secure" in attributes) == (scheme == "https")
        assert not [told for told in attributes if told.startswith("Domain")]
