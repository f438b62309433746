"""What became of one person: when they were seen, and each change of their row, masked."""

from collections.abc import Sequence

import streamlit as st

from pages._parts import change_rows, columns, frame, html
from pages._parts.context import context
from pages._parts.html import Heading
from pages._parts.links import run_address
from sync_core.access.permissions import Actor
from sync_core.base.i18n import _
from sync_core.engine.source import Source
from sync_core.inspect.person_history import (
    PER_PAGE,
    PersonChange,
    PersonHistory,
    person_history,
)


def show_history(actor: Actor, source: Source, ref: str) -> None:
    """Pages of their own: the address already has the list's."""
    above, below = st.container(), st.container()
    key = "history_page"
    here, number = context(), st.session_state.get(key, 1)
    found = person_history(here.settings, here.databases, actor, source, ref, number)
    pages = max(1, -(-found.total // PER_PAGE))
    if number > pages:  # of the person before
        number = 1
        found = person_history(here.settings, here.databases, actor, source, ref, number)
    with above:
        frame.show(_times(found))
        if found.changes:
            frame.show(_table(found.changes))
        else:
            frame.empty("history", _("No change of this person is kept."), _("Nothing to do."))
    with below:
        if pages > 1:
            st.pagination(pages, key=key)


def _times(history: PersonHistory) -> str:
    told = (
        (_("First seen"), history.first_seen),
        (_("Last seen"), history.last_seen),
        (_("Last changed"), history.last_changed),
        (_("No longer reported since"), history.missing_since),
    )
    shown = [f"<span>{html.text(name)}: {html.moment(at)}</span>" for name, at in told if at]
    return f'<div class="hg-meta">{"".join(shown)}</div>'


def _table(changes: Sequence[PersonChange]) -> str:
    headings = [
        Heading(_("Time")),
        Heading(_("Run")),
        Heading(_("Column")),
        Heading(_("Before"), "wide"),
        Heading(_("After"), "wide"),
    ]
    return html.table(headings, map(_row, changes), _("History of this person"))


def _row(change: PersonChange) -> list[str]:
    run = html.text(run_address(change.run_id))
    return [
        html.moment(change.at),
        f'<a href="{run}" target="_self">{html.ltr(change.run_id)}</a>',
        html.text(_("New") if change.column is None else columns.heading(change.column)),
        change_rows.side(change.column, change.old),
        change_rows.side(change.column, change.new),
    ]
