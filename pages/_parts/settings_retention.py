"""How long what grows is kept, how much of it there is, and what the next deletion takes away."""

import streamlit as st

from pages._parts import frame, html, setting_fields
from pages._parts.context import Context
from pages._parts.html import Heading
from sync_core.access.permissions import Actor
from sync_core.base.errors import ConfigError
from sync_core.base.i18n import N_, _, ngettext
from sync_core.base.settable import RETENTION
from sync_core.ops import retention
from sync_core.ops.retention import Holding, survey

KINDS = {
    retention.CHANGES: N_("Changes of people's data"),
    retention.REJECTS: N_("Rejected records"),
    retention.LOGS: N_("Logs of runs"),
    retention.RUNS: N_("Runs and their parts"),
    retention.ALERTS: N_("Alerts"),
    retention.SESSIONS: N_("Sessions of people who log in"),
    retention.TRIES: N_("Counts of failed logins"),
}


def show_retention(here: Context, actor: Actor) -> None:
    view = setting_fields.begin(actor, RETENTION)
    setting_fields.show_troubles(view)
    st.markdown(
        _(
            "What is older goes once a day, a little at a time. The audit log is kept for ever; so "
            "are the latest runs, and every run that proves what the data is now."
        )
    )
    _show_holdings(here, actor)
    with (
        st.container(border=True),
        st.form("retention_form", enter_to_submit=False, border=False),
    ):
        st.caption(_("In days; 0 means for ever. The new times hold from the next deletion on."))
        given: dict[str, str] = {}
        for column, one in zip(st.columns(len(view.settings)), view.settings, strict=True):
            with column:
                given[one.setting.key] = setting_fields.text_field(RETENTION, one)
        if st.form_submit_button(
            _("Save"), key="save_retention", type="primary", icon=":material/save:"
        ):
            told = N_("Saved. The table above says what the next deletion takes away.")
            setting_fields.save(actor, RETENTION, given, told)
    setting_fields.show_outcome(RETENTION)
    setting_fields.show_last_change(view)


def _show_holdings(here: Context, actor: Actor) -> None:
    try:
        held = survey(here.settings, here.databases, actor)
    except ConfigError:
        return  # what is stored is out of its bounds, which is told above
    headings = [
        Heading(_("Kind of data")),
        Heading(_("Kept")),
        Heading(_("There are"), "number"),
        Heading(_("Would go now"), "number"),
    ]
    frame.show(html.table(headings, map(_row, held), _("What is kept")))


def _row(one: Holding) -> list[str]:
    return [
        html.text(_(KINDS[one.kind])),
        html.text(_kept(one.days)),
        html.number(one.there),
        html.number(one.old),
    ]


def _kept(days: int | None) -> str:
    if days is None:
        return _("as long as they count")
    return ngettext("{n} day", "{n} days", days).format(n=days) if days else _("for ever")
