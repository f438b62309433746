"""The channels: a list, each with a test; one is added, changed and removed in a dialog.

An address goes in and never comes out.
"""

from collections.abc import Callable

import streamlit as st

from pages._parts import alert_words, frame, html
from pages._parts.context import context
from pages._parts.fragments import ask
from sync_core.access.permissions import Actor
from sync_core.alerts.channels import (
    LONGEST_NAME,
    Channel,
    add_channel,
    change_channel,
    list_channels,
    remove_channel,
    try_channel,
    try_url,
)
from sync_core.alerts.kinds import SEVERITIES
from sync_core.alerts.schemes import LONGEST, SERVICES, ChannelRefused, service_of
from sync_core.alerts.words import severity_word
from sync_core.base import jalali
from sync_core.base.errors import ConfigError
from sync_core.base.i18n import _, ngettext


def show_channels(actor: Actor) -> None:
    frame.show(html.card_title(_("Channels")))
    st.caption(_("Every alert is in the inbox; channels send it besides."))
    channels = list_channels(context().databases, actor)
    for channel in channels:
        _show_channel(channel)
    if not channels:
        frame.empty(
            "outgoing_mail",
            _("There is no channel: alerts stay in the inbox."),
            _("Add one to be told by mail, by SMS or by a messenger."),
        )
    if st.button(_("Add a channel"), key="add_channel", icon=":material/add:"):
        ask(_("Add a channel"), "add", _add)


def _show_channel(channel: Channel) -> None:
    with st.container(
        border=True,
        horizontal=True,
        horizontal_alignment="distribute",
        key=f"channel_{channel.id}",
    ):
        frame.show(_told(channel))
        with st.container(horizontal=True, width="content"):
            if st.button(_("Test"), key=f"test_{channel.id}", icon=":material/send:"):
                ask(_("Test the channel"), "send", _test, channel)
            if st.button(_("Change"), key=f"change_channel_{channel.id}", icon=":material/edit:"):
                name = html.in_markdown(channel.name)
                ask(_("Channel {name}").format(name=name), "edit", _change, channel)


def _told(channel: Channel) -> str:
    state = ""
    if not channel.enabled:
        state = _badge("pending", "notifications_off", _("Off"))
    elif channel.last_error:
        state = _badge("failed", "error", _("Does not arrive"))
    elif channel.last_ok_at:
        state = _badge("success", "check_circle", _("Works"))
    parts = [
        html.text(_(service_of(channel.scheme).title)),
        html.ltr(channel.shown),
        html.text(_("from: {severity}").format(severity=severity_word(channel.min_severity))),
        *_counts(channel),
    ]
    spans = "".join(f"<span>{part}</span>" for part in parts)
    why = f'<div class="hg-why">{_why(channel)}</div>' if channel.last_error else ""
    return (
        f'<div class="hg-card-head" style="justify-content:flex-start">'
        f'<span class="hg-card-title">{html.own_direction(channel.name)}</span>{state}</div>'
        f'<div class="hg-meta">{spans}</div>{why}'
    )


def _counts(channel: Channel) -> list[str]:
    told = []
    if channel.last_ok_at:
        told.append(_("last arrived {age}").format(age=jalali.age(channel.last_ok_at)))
    if channel.waits:
        told.append(ngettext("{n} waits", "{n} wait", channel.waits).format(n=channel.waits))
    if channel.lost:
        told.append(ngettext("{n} given up", "{n} given up", channel.lost).format(n=channel.lost))
    return [html.text(part) for part in told]


def _why(channel: Channel) -> str:
    at = html.moment(channel.last_error_at)
    return f"{html.text(alert_words.error_word(channel.last_error))} {at}"


def _badge(tone: str, symbol: str, word: str) -> str:
    return f'<span class="hg-badge hg-{tone}">{html.icon(symbol)}{html.text(word)}</span>'


def _add(actor: Actor) -> None:
    here = context()
    scheme = st.selectbox(
        _("Service"),
        _services(),
        key="channel_service",
        format_func=lambda one: _(SERVICES[one].title),
        filter_mode=None,
    )
    with _form():
        name = st.text_input(_("Name"), key="channel_name", max_chars=LONGEST_NAME)
        url = _address(_example(scheme))
        severity = _severity(0)
        add, test = _buttons(
            (_("Add"), "dialog_add_channel", ":material/add:"),
            (_("Test"), "dialog_test_channel", ":material/send:"),
        )
    if add:
        _try(
            lambda: add_channel(
                here.settings, here.databases, actor, name=name, url=url, min_severity=severity
            )
        )
    if test:
        _say_outcome(lambda: try_url(here.databases, actor, url))


def _change(actor: Actor, channel: Channel) -> None:
    here, seen = context(), channel.updated_at
    with _form():
        enabled = st.toggle(_("On"), value=channel.enabled, key="channel_enabled")
        severity = _severity(channel.min_severity)
        url = _address(_("Leave it empty to keep the present one."))
        st.caption(_("Where a channel is switched off or removed, what waits for it is forgotten."))
        save, remove = _buttons(
            (_("Save"), "dialog_save_channel", ":material/save:"),
            (_("Remove"), "dialog_remove_channel", ":material/delete:"),
        )
    if save:
        _try(
            lambda: change_channel(
                here.settings,
                here.databases,
                actor,
                channel.id,
                enabled=enabled,
                min_severity=severity,
                url=url,
                expected_updated_at=seen,
            )
        )
    if remove:
        _try(lambda: remove_channel(here.databases, actor, channel.id, seen))


def _test(actor: Actor, channel: Channel) -> None:
    here = context()
    st.markdown(_("Sends a test message by {address} now.").format(address=f"`{channel.shown}`"))
    if st.button(_("Send it"), type="primary", key="dialog_send_test", icon=":material/send:"):
        _say_outcome(lambda: try_channel(here.settings, here.databases, actor, channel.id))


def _form() -> st.delta_generator.DeltaGenerator:
    """Outside of one Streamlit forgets what stands in a hidden field when Tab leads to its eye."""
    return st.form("channel_form", enter_to_submit=False, border=False)


def _buttons(*of: tuple[str, str, str]) -> list[bool]:
    """`of`: label, key and icon of each; the first is the one to press. Which were pressed."""
    with st.container(horizontal=True):
        return [
            st.form_submit_button(
                label, key=key, icon=icon, type="secondary" if place else "primary"
            )
            for place, (label, key, icon) in enumerate(of)
        ]


def _services() -> list[str]:
    """One of each, by the scheme of its example."""
    return list(dict.fromkeys(one.example.split("://", 1)[0] for one in SERVICES.values()))


def _example(scheme: str | None) -> str:
    return _("Such as {example}").format(example=f"`{service_of(scheme or '').example}`")


def _address(meaning: str) -> str:
    """Never filled in; a browser that keeps passwords is told that this is none of its own."""
    given = st.text_input(
        _("Address (Apprise URL)"),
        type="password",
        key="channel_url",
        max_chars=LONGEST,
        autocomplete="new-password",
    )
    st.caption(meaning)
    return given or ""


def _severity(present: int) -> int:
    chosen = st.selectbox(
        _("Alerts from this severity on"),
        SEVERITIES,
        index=SEVERITIES.index(present) if present in SEVERITIES else 0,
        format_func=severity_word,
        key="channel_severity",
        filter_mode=None,
    )
    return int(chosen)


def _try(change: Callable[[], object]) -> None:
    with st.spinner(_("The address is looked at…")):
        error = _refused(change)
    if error:
        st.error(error, icon=":material/error:")
    else:
        st.rerun()


def _refused(change: Callable[[], object]) -> str:
    """Why not; empty where it was done."""
    try:
        change()
    except ChannelRefused as refused:
        return alert_words.refusal(refused)
    except ConfigError as error:  # the key file
        return html.in_markdown(error)
    return ""


def _say_outcome(send: Callable[[], str | None]) -> None:
    try:
        with st.spinner(_("A test message is being sent…")):
            error = send()
    except ChannelRefused as refused:
        st.error(alert_words.refusal(refused), icon=":material/error:")
    except ConfigError as problem:  # the key is gone, or not the same
        st.error(html.in_markdown(problem), icon=":material/error:")
    else:
        if error is None:
            st.success(_("Sent. See whether it has arrived."), icon=":material/check_circle:")
        else:
            st.error(alert_words.error_word(error), icon=":material/error:")
