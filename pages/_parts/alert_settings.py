"""The settings of alerts: where they are sent, which rules hold, and when they may go out."""

import streamlit as st

from pages._parts import alert_channels, alert_rules
from sync_core.access.permissions import Actor


def show_alert_settings(actor: Actor) -> None:
    with st.container(border=True, key="alert_channels"):
        alert_channels.show_channels(actor)
    with st.container(border=True, key="alert_rules"):
        alert_rules.show_rules(actor)
