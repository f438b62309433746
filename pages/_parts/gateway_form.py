"""The gateway's account: its address, its user, and a password that goes in and never comes out."""

from datetime import datetime

import streamlit as st

from pages._parts import html, rounds
from pages._parts.context import Context, context
from pages._parts.explain import explain
from pages._parts.fragments import ask
from pages._parts.gateway_status import set_where, show_last_change, show_status
from sync_core.access.permissions import Actor
from sync_core.base.errors import ConfigError
from sync_core.base.i18n import N_, _
from sync_core.ops.gateway_account import (
    MISSING,
    READY,
    GatewayAccount,
    forget_gateway_password,
    read_gateway,
    save_gateway,
)
from sync_core.ops.gateway_values import (
    AGAIN,
    FIXED,
    LONGEST,
    PASSWORD,
    STALE,
    URL,
    USER,
    AccountRefused,
)

ROUND, SEEN, OUTCOME = "gateway_round", "gateway_seen", "gateway_outcome"
REFUSALS = {
    URL: N_("Give a base URL such as https://api.example.ac.ir, without a user or a query in it."),
    USER: N_("Give a user name of 1 to 200 characters."),
    PASSWORD: N_("A password has at most 1,000 characters and no control characters."),
    FIXED: N_("The environment or .env sets this meanwhile. Nothing was saved; change it there."),
    AGAIN: N_(
        "Enter the password again for this address: the stored one goes only to the address it "
        "was entered for. Nothing was saved."
    ),
}


def show_form(here: Context, actor: Actor) -> None:
    account = read_gateway(here.settings, here.databases, actor)
    _remember(account)
    show_status(account)
    fixed = account.is_fixed(PASSWORD)
    with st.form(_key("gateway_form"), enter_to_submit=False, border=False):
        url = _field(account, URL, _("Base URL"), account.url)
        user = _field(account, USER, _("User name"), account.user)
        password = _password(account)
        if st.form_submit_button(
            _("Save"), key="save_gateway", type="primary", icon=":material/save:", disabled=fixed
        ):
            _save(actor, url, user, password)
    _show_outcome()
    show_last_change(account)
    if account.password != MISSING and not fixed:
        _offer_to_forget()


def _field(account: GatewayAccount, key: str, label: str, value: str) -> str:
    given = st.text_input(
        label,
        value=value,
        key=_key(key),
        max_chars=LONGEST[key],
        autocomplete="off",
        disabled=account.is_fixed(key),
    )
    if account.is_fixed(key):
        st.caption(set_where(account, key))
    return given or ""


def _password(account: GatewayAccount) -> str:
    """Never filled in, neither by us nor, with what somebody logs in with, by the browser."""
    fixed = account.is_fixed(PASSWORD)
    kept = account.password == READY and not fixed
    given = st.text_input(
        _("Password"),
        type="password",
        key=_key(PASSWORD),
        max_chars=LONGEST[PASSWORD],
        autocomplete="new-password",
        placeholder=_("Leave it empty to keep the present one.") if kept else "",
        disabled=fixed,
    )
    if fixed:
        st.caption(set_where(account, PASSWORD))
    return given or ""


def _save(actor: Actor, url: str, user: str, password: str) -> None:
    here = context()
    try:
        save_gateway(
            here.settings,
            here.databases,
            actor,
            url=url,
            user=user,
            password=password,
            expected_updated_at=_seen(),
        )
    except AccountRefused as refused:
        _refuse(here, actor, refused)
    except ConfigError as error:  # the key file
        told = f"{explain(error.code).what} {html.in_markdown(error)}"
        st.session_state[OUTCOME] = ("refused", told)
    else:
        _begin_anew("saved", _("Saved. The next sync uses this account."))


def _refuse(here: Context, actor: Actor, refused: AccountRefused) -> None:
    """What was typed stays, unless somebody was faster."""
    if refused.reason != STALE:
        st.session_state[OUTCOME] = ("refused", _(REFUSALS[refused.reason]))
        return
    newest = read_gateway(here.settings, here.databases, actor)
    told = _(
        "{who} saved the account after you opened it. Nothing of yours was saved: here is theirs."
    )
    _begin_anew("refused", told.format(who=html.in_markdown(newest.updated_by)))


def _show_outcome() -> None:
    kind, sentence = st.session_state.pop(OUTCOME, (None, ""))
    if kind == "saved":
        st.success(sentence, icon=":material/check_circle:")
    elif kind == "refused":
        st.error(sentence, icon=":material/error:")


def _offer_to_forget() -> None:
    if st.button(_("Forget the password"), key="forget_password", icon=":material/delete:"):
        ask(_("Forget the password?"), "key_off", _forget)


def _forget(actor: Actor) -> None:
    st.markdown(_("Until it is entered again, no sync can start. A sync that runs goes on."))
    if st.button(_("Forget it"), type="primary", key="dialog_forget", icon=":material/delete:"):
        try:
            forget_gateway_password(context().databases, actor, expected_updated_at=_seen())
        except AccountRefused as refused:
            _refuse(context(), actor, refused)
        else:
            _begin_anew("saved", _("The password is forgotten."))


def _remember(account: GatewayAccount) -> None:
    """The version that this visit's fields were filled from: both begin and end together."""
    if _key(URL) not in st.session_state:
        st.session_state[SEEN] = account.updated_at


def _seen() -> datetime | None:
    seen: datetime | None = st.session_state.get(SEEN)
    return seen


def _begin_anew(kind: str, sentence: str) -> None:
    """New keys make new fields: filled from the newest version, the password's empty."""
    rounds.begin_anew(ROUND)
    st.session_state[OUTCOME] = (kind, sentence)
    st.rerun()


def _key(name: str) -> str:
    return rounds.key(name, ROUND)
