"""The settings page: what it says of the gateway's account, what it saves, what it never shows."""

import pytest
from streamlit.testing.v1 import AppTest

from pages._parts.gateway_form import REFUSALS
from pages._parts.gateway_status import STATES
from sync_core.access.keys import VAULT
from sync_core.access.permissions import ADMIN, OPERATOR, VIEWER, Actor
from sync_core.base.i18n import _
from sync_core.base.settings import load
from sync_core.ops.gateway_account import (
    ELSEWHERE,
    MISSING,
    READY,
    UNREADABLE,
    GatewayAccount,
    read_gateway,
    save_gateway,
    with_gateway,
)
from sync_core.ops.gateway_values import AGAIN, PASSWORD, URL, USER
from sync_core.store.engines import Databases
from tests.pages.screen import Open, confirmed, keys, settled, words

COLLEAGUE = Actor("m_rahimi", ADMIN, 2)
HERE, THERE = "https://api.example.ac.ir", "https://elsewhere.example.com"
SECRET = "plover-quartz-71"


def account(databases: Databases) -> GatewayAccount:
    return read_gateway(load(), databases, COLLEAGUE)


def stored_password(databases: Databases) -> str:
    return with_gateway(load(), databases).gateway_password


def enter(databases: Databases, url: str = HERE, password: str = SECRET) -> None:
    """Somebody else did, before."""
    save_gateway(
        load(),
        databases,
        COLLEAGUE,
        url=url,
        user="hamgam",
        password=password,
        expected_updated_at=account(databases).updated_at,
    )


def fill(app: AppTest, visit: int = 0, **given: str) -> AppTest:
    """Types what is given and presses Save; `visit`: how often the fields were made anew."""
    for key, text in given.items():
        app.text_input(key=f"{key}_{visit}").input(text)
    return settled(app.button(key="save_gateway").click().run())


def shown(app: AppTest, visit: int) -> dict[str, str | None]:
    return {key: app.text_input(key=f"{key}_{visit}").value for key in (URL, USER, PASSWORD)}


def test_it_says_what_is_missing_before_anything_was_entered(open_page: Open) -> None:
    app = open_page("settings")
    assert _(STATES[MISSING]) in words(app)
    assert shown(app, 0) == {URL: "", USER: "", PASSWORD: ""}
    assert "forget_password" not in keys(app)


def test_it_saves_the_account_and_empties_the_password(
    open_page: Open, databases: Databases
) -> None:
    app = fill(
        open_page("settings"), gateway_url=HERE, gateway_user="hamgam", gateway_password=SECRET
    )
    assert stored_password(databases) == SECRET
    assert account(databases).updated_by == "example"
    assert _("Saved. The next sync uses this account.") in words(app)
    assert _("The password is stored, encrypted.") in words(app)
    assert shown(app, 1) == {URL: HERE, USER: "hamgam", PASSWORD: ""}
    assert SECRET not in repr(app.session_state)


def test_it_never_shows_the_password_that_is_stored(open_page: Open, databases: Databases) -> None:
    enter(databases)
    app = open_page("settings")
    assert shown(app, 0) == {URL: HERE, USER: "hamgam", PASSWORD: ""}
    field = app.text_input(key="gateway_password_0").proto
    assert field.type == field.PASSWORD
    assert field.autocomplete == "new-password"
    assert SECRET not in str([element.proto for element in app.main])


def test_it_keeps_the_password_when_the_field_is_left_empty(
    open_page: Open, databases: Databases
) -> None:
    enter(databases)
    fill(open_page("settings"), gateway_user="other")
    assert with_gateway(load(), databases).gateway_user == "other"
    assert stored_password(databases) == SECRET


def test_it_asks_for_the_password_again_when_the_address_changes(
    open_page: Open, databases: Databases
) -> None:
    enter(databases)
    app = fill(open_page("settings"), gateway_url=THERE)
    assert [error.value for error in app.error] == [_(REFUSALS[AGAIN])]
    assert shown(app, 0)[URL] == THERE, "what was typed stays"
    assert account(databases).url == HERE

    app = fill(app, gateway_password="another one")
    assert not app.error
    assert account(databases).url == THERE
    assert stored_password(databases) == "another one"


@pytest.mark.parametrize(
    ("key", "text"), [(URL, "api.example.ac.ir"), (USER, "  "), (PASSWORD, "two\nlines")]
)
def test_it_says_which_field_is_wrong_and_saves_nothing(
    open_page: Open, databases: Databases, key: str, text: str
) -> None:
    enter(databases)
    before = account(databases)
    app = fill(open_page("settings"), **{key: text})
    assert [error.value for error in app.error] == [_(REFUSALS[key])]
    assert account(databases) == before


def test_it_shows_the_newer_account_when_somebody_was_faster(
    open_page: Open, databases: Databases
) -> None:
    app = open_page("settings")
    enter(databases)
    app = fill(app, gateway_url=THERE, gateway_user="late", gateway_password="late words")
    assert [r"m\_rahimi" in error.value for error in app.error] == [True]
    assert shown(app, 1) == {URL: HERE, USER: "hamgam", PASSWORD: ""}
    assert stored_password(databases) == SECRET

    fill(app, 1, gateway_user="after looking")
    assert account(databases).user == "after looking"


def test_it_forgets_the_password_only_after_the_confirmation(
    open_page: Open, databases: Databases
) -> None:
    enter(databases)
    app = settled(open_page("settings").button(key="forget_password").click().run())
    assert stored_password(databases) == SECRET
    app = confirmed(app, "forget_password", "dialog_forget")
    assert account(databases).password == MISSING
    assert _("The password is forgotten.") in words(app)
    assert "forget_password" not in keys(app)


def test_it_forgets_nothing_when_somebody_entered_another_one_meanwhile(
    open_page: Open, databases: Databases
) -> None:
    enter(databases)
    app = settled(open_page("settings").button(key="forget_password").click().run())
    enter(databases, password="a newer one")
    app = confirmed(app, "forget_password", "dialog_forget")
    assert stored_password(databases) == "a newer one"


@pytest.mark.parametrize("state", [ELSEWHERE, UNREADABLE])
def test_it_says_why_the_stored_password_cannot_be_used(
    open_page: Open, databases: Databases, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    enter(databases)
    if state == ELSEWHERE:
        monkeypatch.setenv("HAMGAM_GATEWAY_URL", THERE)
    else:
        (load().home / "keys" / VAULT).unlink()
    app = open_page("settings")
    assert _(STATES[state]) in words(app)
    assert "forget_password" in keys(app)


def test_it_shows_what_the_environment_sets_and_lets_nobody_change_it(
    open_page: Open, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(databases, url=THERE)
    for name, value in {"URL": HERE, "USER": "of-env", "PASSWORD": SECRET}.items():
        monkeypatch.setenv(f"HAMGAM_GATEWAY_{name}", value)
    app = open_page("settings")
    assert shown(app, 0) == {URL: HERE, USER: "of-env", PASSWORD: ""}
    assert all(app.text_input(key=f"{key}_0").disabled for key in (URL, USER, PASSWORD))
    assert app.button(key="save_gateway").disabled
    note = _("Set in the environment or in .env; it can only be changed there.")
    assert [caption.value for caption in app.caption].count(note) == 3
    assert "forget_password" not in keys(app)
    assert SECRET not in words(app)


def test_it_says_that_address_and_user_must_come_from_where_the_password_does(
    open_page: Open, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(databases, url=THERE)
    monkeypatch.setenv("HAMGAM_GATEWAY_PASSWORD", SECRET)
    app = open_page("settings")
    assert shown(app, 0) == {URL: "", USER: "", PASSWORD: ""}
    assert any("URL" in warning.value or "نشانی" in warning.value for warning in app.warning)
    assert THERE not in words(app)


def test_it_takes_a_password_for_an_address_of_the_environment(
    open_page: Open, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HAMGAM_GATEWAY_URL", HERE)
    monkeypatch.setenv("HAMGAM_GATEWAY_USER", "of-env")
    app = fill(open_page("settings"), gateway_password=SECRET)
    assert account(databases).password == READY
    assert app.text_input(key="gateway_url_1").disabled
    assert not app.text_input(key="gateway_password_1").disabled


def test_it_warns_of_an_address_that_is_not_encrypted(
    open_page: Open, databases: Databases
) -> None:
    warning = _("This address begins with http: the password crosses the network unencrypted.")
    enter(databases)
    assert warning not in words(open_page("settings"))
    enter(databases, url="http://api.example.ac.ir")
    assert warning in words(open_page("settings"))


def test_it_says_what_is_wrong_when_the_key_cannot_be_made(
    open_page: Open, databases: Databases
) -> None:
    app = open_page("settings")
    (load().home / "keys" / VAULT).mkdir()  # in its place
    app = fill(app, gateway_url=HERE, gateway_user="hamgam", gateway_password=SECRET)
    assert len(app.error) == 1
    assert "key file" in app.error[0].value
    assert account(databases).password == MISSING


def test_it_says_who_changed_the_account_last(open_page: Open, databases: Databases) -> None:
    enter(databases)
    assert "m_rahimi" in words(open_page("settings"))


@pytest.mark.parametrize("role", [VIEWER, OPERATOR])
def test_it_shows_nothing_to_somebody_who_may_not_configure(
    open_page: Open, databases: Databases, role: str
) -> None:
    enter(databases)
    app = open_page("settings", role)
    assert "save_gateway" not in keys(app)
    assert not app.text_input
    assert HERE not in words(app)
