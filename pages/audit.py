"""Who did what, when, and from where. Nothing here can be changed, by nobody."""

import streamlit as st

from pages._parts import frame, html, words
from pages._parts.context import context
from pages._parts.filters import page_number, url_choice
from pages._parts.html import Heading
from pages._session import current_actor
from sync_core.access.audit import ACTIONS
from sync_core.access.permissions import Actor
from sync_core.base.i18n import N_, _
from sync_core.inspect.audit import PER_PAGE, AuditEntry, AuditPage, audit_actors, audit_page

PERIODS = {"1": N_("Last 24 hours"), "7": N_("Last 7 days"), "30": N_("Last 30 days")}


def main() -> None:
    actor = current_actor()
    frame.begin(_("Audit log"), _("Who did what, when, and from where. It only grows."))
    with st.container(horizontal=True, key="filters"):
        who = url_choice(_("Who"), "who", audit_actors(context().databases, actor), words.person)
        action = url_choice(_("What"), "action", ACTIONS, words.action_word)
        days = url_choice(_("Period"), "days", list(PERIODS), lambda key: _(PERIODS[key]))
    _show_entries(actor, who, action, int(days) if days else None)


def _show_entries(actor: Actor, who: str | None, action: str | None, days: int | None) -> None:
    def read(number: int) -> AuditPage:
        return audit_page(context().databases, actor, number, who=who, action=action, days=days)

    above, page = st.container(), read(1)
    number = page_number(max(1, -(-page.total // PER_PAGE)))
    page = page if number == 1 else read(number)
    with above:
        _show_page(page)


def _show_page(page: AuditPage) -> None:
    if not page.entries:
        frame.empty("fact_check", _("Nothing fits these filters."), _("Choose another one."))
        return
    st.caption(_("{n} entries").format(n=f"{page.total:,}"))
    frame.show(_table(page))


def _table(page: AuditPage) -> str:
    headings = [
        Heading(_("Time")),
        Heading(_("Who")),
        Heading(_("What")),
        Heading(_("Of what")),
        Heading(_("From what to what, or why"), "wide"),
        Heading(_("From where")),
    ]
    return html.table(headings, (_row(entry) for entry in page.entries), _("Audit log"))


def _row(entry: AuditEntry) -> list[str]:
    return [
        html.moment(entry.at),
        html.own_direction(words.person(entry.actor)),
        html.text(words.action_word(entry.action)),
        html.own_direction(entry.target) if entry.target else html.NOTHING,
        html.own_direction(entry.detail) if entry.detail else html.NOTHING,
        html.ltr(entry.address) if entry.address else html.NOTHING,
    ]


main()
