"""Cookies that are forged, tampered with, stolen or too old open nothing."""

from collections.abc import Callable

import pytest
from itsdangerous import TimestampSigner

from sync_core.access.cookies import BROWSER_COOKIE, FORM_COOKIE, LIVES_S, SESSION_COOKIE, Seal
from sync_core.access.keys import secret_key
from sync_core.access.login import KnownBrowser
from sync_core.access.open_sessions import end_own_others, end_sessions_of
from sync_core.access.permissions import OPERATOR, VIEWER, Actor, command_line_actor
from sync_core.access.sessions import close_session, session_id
from sync_core.access.users import change_role, set_disabled, set_password
from sync_core.store.control_access import WebSession
from tests.faults.crowd import Crowd
from tests.faults.visits import REFUSED, TO_CHANGE, WELCOME, get, handshake, treated

pytestmark = pytest.mark.slow

CLI = command_line_actor()


def seal(crowd: Crowd) -> Seal:
    return Seal(secret_key(crowd.settings, "web"))


def signed_long_ago(crowd: Crowd, token: str) -> str:
    """A cookie that a browser should have forgotten a second ago."""

    class Then(TimestampSigner):
        def get_timestamp(self) -> int:
            return super().get_timestamp() - LIVES_S[SESSION_COOKIE] - 1

    return Then(secret_key(crowd.settings, "web"), salt="hamgam.session").sign(token).decode()


def other_letter(value: str, place: int) -> str:
    letter = "B" if value[place] == "A" else "A"
    return value[:place] + letter + value[place + 1 :]


Forge = Callable[[Crowd, str], str]
FORGED: dict[str, Forge] = {
    "no cookie": lambda crowd, token: "",
    "garbage": lambda crowd, token: "x" * 5_000,
    "three parts of nothing": lambda crowd, token: "a.b.c",
    "the bare token": lambda crowd, token: token,
    "an unsigned token": lambda crowd, token: f"{token}..",
    "the id that the database holds": lambda crowd, token: session_id(token),
    "that id, signed": lambda crowd, token: seal(crowd).session_value(session_id(token)),
    "signed with another key": lambda crowd, token: Seal("o" * 48).session_value(token),
    "signed with the key of Streamlit": lambda crowd, token: Seal(
        secret_key(crowd.settings, "streamlit")
    ).session_value(token),
    "signed as a form": lambda crowd, token: seal(crowd).form_value(token),
    "signed as a browser": lambda crowd, token: seal(crowd).browser_value(KnownBrowser(1, token)),
    "signed as a proof of logout": lambda crowd, token: (
        f"{token}.{seal(crowd).logout_proof(token)}"
    ),
    "signed too long ago": signed_long_ago,
    "another token": lambda crowd, token: other_letter(crowd.cookie(token), 0),
    "another time": lambda crowd, token: other_letter(crowd.cookie(token), len(token) + 2),
    "another signature": lambda crowd, token: other_letter(crowd.cookie(token), -5),
    "half of it": lambda crowd, token: crowd.cookie(token)[:-10],
    "a token that was never given": lambda crowd, token: crowd.cookie("A" * len(token)),
    "a quoted one": lambda crowd, token: f'"{crowd.cookie(token)}',
    "letters beyond ASCII": lambda crowd, token: "\xff" + crowd.cookie(token),
}


@pytest.mark.parametrize("forge", FORGED)
def test_it_opens_nothing_for_a_cookie_that_is(crowd: Crowd, forge: str) -> None:
    token = crowd.token(crowd.add())
    assert treated(crowd, crowd.cookie(token)) == WELCOME
    assert treated(crowd, FORGED[forge](crowd, token)) == REFUSED
    assert treated(crowd, crowd.cookie(token)) == WELCOME


@pytest.mark.parametrize("name", [f"__Host-{SESSION_COOKIE}", FORM_COOKIE, BROWSER_COOKIE, "st"])
def test_it_opens_nothing_for_a_good_value_under_another_name(crowd: Crowd, name: str) -> None:
    cookie = crowd.cookie(crowd.token(crowd.add()))
    assert treated(crowd, cookie, name) == REFUSED


def test_it_opens_nothing_for_an_identity_that_is_only_claimed(crowd: Crowd) -> None:
    known = session_id(crowd.token(crowd.add()))
    for name in ("X-Hamgam-Session", "x-hamgam-session", "X_Hamgam_Session", "X-Hamgam-User"):
        assert handshake(crowd.server, f"{name}: {known}") == 403
        assert get(crowd.server, "/session", **{name: known}).status_code == 401


def test_it_keeps_no_token_that_could_be_read_from_the_database(crowd: Crowd) -> None:
    token = crowd.token(crowd.add())
    with crowd.server.databases.control.read() as session:
        stored = repr(session.execute(WebSession.__table__.select()).all())
    assert session_id(token) in stored
    assert token not in stored


Ends = Callable[[Crowd, Actor, str], object]
ENDS: dict[str, Ends] = {
    "it was logged out": lambda crowd, actor, token: close_session(
        crowd.server.databases, session_id(token)
    ),
    "its person logged it out from elsewhere": lambda crowd, actor, token: end_own_others(
        crowd.server.databases, actor, "of another browser"
    ),
    "an administrator ended it": lambda crowd, actor, token: end_sessions_of(
        crowd.server.databases, CLI, actor.name
    ),
    "the password was set anew": lambda crowd, actor, token: set_password(
        crowd.server.databases, CLI, actor.name, "four quite other words"
    ),
    "the role was raised": lambda crowd, actor, token: change_role(
        crowd.server.databases, CLI, actor.name, OPERATOR
    ),
    "the person was disabled": lambda crowd, actor, token: set_disabled(
        crowd.server.databases, CLI, actor.name, True
    ),
    "the row says that they are disabled": lambda crowd, actor, token: crowd.change(
        "UPDATE users SET disabled = 1 WHERE id = :id", id=actor.user_id
    ),
    "the account is gone": lambda crowd, actor, token: crowd.change(
        "DELETE FROM users WHERE id = :id", id=actor.user_id
    ),
    "its eight hours are over": lambda crowd, actor, token: crowd.change(
        "UPDATE sessions SET expires_at = '2026-01-01 00:00:00' WHERE user_id = :id",
        id=actor.user_id,
    ),
    "nobody was seen for long": lambda crowd, actor, token: crowd.change(
        "UPDATE sessions SET last_seen_at = '2026-01-01 00:00:00' WHERE user_id = :id",
        id=actor.user_id,
    ),
}


@pytest.mark.parametrize("end", ENDS)
def test_it_opens_nothing_for_a_stolen_cookie_after(crowd: Crowd, end: str) -> None:
    """The thief has the cookie itself: signed, complete, and not eight hours old."""
    actor = crowd.add(VIEWER)
    token = crowd.token(actor)
    stolen = crowd.cookie(token)
    assert treated(crowd, stolen) == WELCOME
    ENDS[end](crowd, actor, token)
    assert treated(crowd, stolen) == REFUSED


def test_it_revives_no_session_by_trying_it_again(crowd: Crowd) -> None:
    """What is refused is no activity."""
    actor = crowd.add(VIEWER)
    cookie = crowd.cookie(crowd.token(actor))
    ENDS["nobody was seen for long"](crowd, actor, "")
    for _ in range(3):
        assert treated(crowd, cookie) == REFUSED


def test_it_leaves_the_other_sessions_of_a_person_who_logs_out(crowd: Crowd) -> None:
    actor = crowd.add()
    here, there = crowd.token(actor), crowd.token(actor)
    close_session(crowd.server.databases, session_id(here))
    assert treated(crowd, crowd.cookie(here)) == REFUSED
    assert treated(crowd, crowd.cookie(there)) == WELCOME


def test_it_opens_one_page_alone_where_the_password_must_be_changed(crowd: Crowd) -> None:
    cookie = crowd.cookie(crowd.token(crowd.add(must_change=True)))
    assert treated(crowd, cookie) == TO_CHANGE
    given = {"Cookie": f"{SESSION_COOKIE}={cookie}"}
    assert get(crowd.server, "/password", **given).status_code == 200
