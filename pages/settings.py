"""What administrators set on a screen, in sections that an address can name (`?section=limits`)."""

from collections.abc import Callable, Mapping

import streamlit as st

from pages._parts import (
    alert_settings,
    campus_table,
    frame,
    gateway_form,
    gateway_steps,
    limits_form,
    settings_look,
    settings_plan,
    settings_retention,
)
from pages._parts.context import Context, context
from pages._session import current_actor
from sync_core.access.permissions import Actor
from sync_core.base.i18n import N_, _

Show = Callable[[Context, Actor], None]


def _gateway(here: Context, actor: Actor) -> None:
    with st.container(border=True, key="gateway"):
        gateway_form.show_form(here, actor)
    gateway_steps.show_test(here, actor)


def _plan(here: Context, actor: Actor) -> None:
    settings_plan.show_plan(here, actor)
    campus_table.show_campuses(here, actor)


# By the name in the address.
SECTIONS: Mapping[str, tuple[str, Show]] = {
    "gateway": (N_("Gateway"), _gateway),
    "plan": (N_("Campuses and terms"), _plan),
    "limits": (N_("Limits"), limits_form.show_limits),
    "alerts": (N_("Alerts"), lambda _here, actor: alert_settings.show_alert_settings(actor)),
    "retention": (N_("Retention"), settings_retention.show_retention),
    "look": (N_("Look"), settings_look.show_look),
}
CHOSEN = "settings_section"


def main() -> None:
    actor, here = current_actor(), context()
    frame.begin(_("Settings"), _("What the environment or .env sets counts first."))
    title, show = SECTIONS[_chosen()]
    frame.heading(_(title))
    show(here, actor)


def _chosen() -> str:
    given = st.query_params.get("section", "")
    names = list(SECTIONS)
    chosen = st.pills(
        _("Section"),
        names,
        default=given if given in SECTIONS else names[0],
        required=True,
        format_func=lambda name: _(SECTIONS[name][0]),
        key=CHOSEN,
        label_visibility="collapsed",
    )
    name = chosen if chosen in SECTIONS else names[0]
    st.query_params["section"] = name
    return name


main()
