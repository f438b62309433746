"""The inbox: what was worth telling, newest first, and what of it this person has read."""

from collections.abc import Sequence

import streamlit as st

from pages._parts import alert_words, frame, html, words
from pages._parts.context import context
from pages._parts.filters import page_number, url_choice
from pages._parts.links import run_address
from pages._session import current_actor
from sync_core.access.permissions import Actor
from sync_core.alerts.inbox import (
    PER_PAGE,
    Entry,
    Inbox,
    Way,
    mark_all_read,
    mark_read,
    read_inbox,
)
from sync_core.alerts.kinds import KINDS
from sync_core.alerts.words import rule_word, sentence, todo
from sync_core.base.i18n import _

UNREAD = "unread"


def main() -> None:
    actor = current_actor()
    frame.begin(_("Alerts"), _("What happened that somebody should know, the newest first."))
    with st.container(horizontal=True, key="filters"):
        rule = url_choice(_("Rule"), "rule", list(KINDS), rule_word)
        source = url_choice(_("Source"), "source", list(context().sources), words.source_title)
        unread = url_choice(_("Which ones"), "show", [UNREAD], lambda _name: _("Unread only"))
    _show(actor, rule, source, unread == UNREAD)


def _show(actor: Actor, rule: str | None, source: str | None, unread: bool) -> None:
    def read(number: int) -> Inbox:
        return read_inbox(
            context().databases, actor, number, rule=rule, source=source, unread=unread
        )

    above, page = st.container(), read(1)
    number = page_number(max(1, -(-page.total // PER_PAGE)))
    page = page if number == 1 else read(number)
    with above:
        if page.unread:
            _offer_all_read(actor)
        _show_entries(actor, page, is_filtered=bool(rule or source or unread))


def _offer_all_read(actor: Actor) -> None:
    if st.button(_("Mark all as read"), key="all_read", icon=":material/done_all:"):
        mark_all_read(context().databases, actor)
        st.rerun()


def _show_entries(actor: Actor, page: Inbox, *, is_filtered: bool) -> None:
    if page.entries:
        for entry in page.entries:
            _show_entry(actor, entry)
    elif is_filtered:
        frame.empty("notifications", _("No alert fits these filters."), _("Choose another one."))
    else:
        frame.empty(
            "notifications",
            _("There is no alert."),
            _("The settings say what is told, and where it is sent besides."),
        )


def _show_entry(actor: Actor, entry: Entry) -> None:
    with st.container(
        border=True, horizontal=True, horizontal_alignment="distribute", key=f"told_{entry.id}"
    ):
        frame.show(_told(entry))
        if not entry.read and st.button(
            _("Mark as read"), key=f"read_{entry.id}", icon=":material/done:"
        ):
            mark_read(context().databases, actor, entry.id)
            st.rerun()


def _told(entry: Entry) -> str:
    told, advice = entry.told, todo(entry.told)
    new = html.text(_("New"))
    fresh = "" if entry.read else f'<span class="hg-fresh">{new}</span>'
    more = [f"<span>{html.text(rule_word(told.rule))}</span>", html.moment(told.at)]
    if told.run_id is not None:
        address = html.text(run_address(told.run_id))
        title = html.text(_("Run {id}").format(id=told.run_id))
        more.append(f'<a href="{address}" target="_self">{title}</a>')
    return (
        f'<div class="hg-card-head hg-alert">{alert_words.badge(told.severity)}'
        f"<strong>{html.own_direction(sentence(told))}</strong>{fresh}</div>"
        + (f'<div class="hg-dim">{html.text(advice)}</div>' if advice else "")
        + f'<div class="hg-meta">{"".join(f"<span>{part}</span>" for part in more)}'
        f"{_ways(entry.ways)}</div>"
    )


def _ways(ways: Sequence[Way]) -> str:
    return "".join(f"<span>{alert_words.way(way)}</span>" for way in ways)


main()
