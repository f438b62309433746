"""What is true of the gateway's account now, in words. It shows no password and changes nothing."""

import streamlit as st

from pages._parts import frame, html
from sync_core.base import jalali
from sync_core.base.i18n import N_, _
from sync_core.ops.gateway_account import (
    ELSEWHERE,
    ENVIRONMENT,
    MISSING,
    READY,
    UNREADABLE,
    GatewayAccount,
)
from sync_core.ops.gateway_values import PASSWORD

STATES = {
    MISSING: N_("There is no password yet. Until it is entered, no sync can start."),
    ELSEWHERE: N_(
        "The password was entered for another address and is not sent to this one. Enter it again."
    ),
    UNREADABLE: N_("The stored password can no longer be opened. Enter it again."),
}


def show_status(account: GatewayAccount) -> None:
    if account.password != READY:
        st.warning(_(STATES[account.password]), icon=":material/key_off:")
    elif not (account.url and account.user):
        words = _(
            "The environment or .env sets the password, so it must set the base URL and the user "
            "name as well. Until then no sync can start."
        )
        st.warning(words, icon=":material/warning:")
    elif account.is_fixed(PASSWORD):
        st.success(_("The environment or .env sets the account."), icon=":material/key:")
    else:
        st.success(_("The password is stored, encrypted."), icon=":material/key:")
    if account.is_in_the_clear:
        words = _("This address begins with http: the password crosses the network unencrypted.")
        st.warning(words, icon=":material/lock_open:")


def show_last_change(account: GatewayAccount) -> None:
    if account.updated_at is None:
        return
    told = html.text(_("Last changed here by {who}, {time}")).format(
        who=html.own_direction(account.updated_by),
        time=html.text(jalali.full_time(account.updated_at)),
    )
    frame.show(f'<div class="hg-meta">{told}</div>')


def set_where(account: GatewayAccount, key: str) -> str:
    """Of a value that only the environment can change."""
    if account.sources[key] == ENVIRONMENT:
        return _("Set in the environment or in .env; it can only be changed there.")
    return _("Not set; it can only be set in the environment or in .env.")
