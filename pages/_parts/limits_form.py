"""The form of the limits: how hard the gateway is asked, how long is waited, what is refused."""

import streamlit as st

from pages._parts import frame, html, setting_fields, setting_words
from pages._parts.context import Context
from pages._parts.fragments import ask
from sync_core.access.permissions import Actor
from sync_core.base.i18n import _
from sync_core.base.settable import LIMITS
from sync_core.ops.stored import SCREEN, Section

COLUMNS = 3


def show_limits(_here: Context, actor: Actor) -> None:
    view = setting_fields.begin(actor, LIMITS)
    setting_fields.show_troubles(view)
    with st.form("limits_form", enter_to_submit=False, border=False):
        given: dict[str, str] = {}
        for group in setting_words.GROUPS:
            with st.container(border=True):
                given |= _group(view, group)
        if st.form_submit_button(
            _("Save"), key="save_limits", type="primary", icon=":material/save:"
        ):
            setting_fields.save(actor, LIMITS, given)
    setting_fields.show_outcome(LIMITS)
    setting_fields.show_last_change(view)
    if any(one.source == SCREEN for one in view.settings):
        _offer_to_reset()


def _group(view: Section, group: str) -> dict[str, str]:
    title = html.text(_(setting_words.GROUPS[group]))
    frame.show(f'<span class="hg-card-title">{title}</span>')
    members = [one for one in view.settings if one.setting.group == group]
    given: dict[str, str] = {}
    for start in range(0, len(members), COLUMNS):
        row = members[start : start + COLUMNS]
        for column, one in zip(st.columns(COLUMNS, gap="medium"), row, strict=False):
            with column:
                given[one.setting.key] = setting_fields.text_field(LIMITS, one)
    return given


def _offer_to_reset() -> None:
    if st.button(_("Back to the defaults"), key="reset_limits", icon=":material/restart_alt:"):
        ask(_("Set all limits back?"), "restart_alt", _reset)


def _reset(actor: Actor) -> None:
    st.markdown(_("All limits on this page become the defaults again, from the next run on."))
    if st.button(_("Set them back"), type="primary", key="dialog_reset_limits"):
        setting_fields.reset(actor, LIMITS)
