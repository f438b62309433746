"""Is the data right, how old is it, does something run, what needs me? It starts and stops runs."""

from datetime import datetime

import streamlit as st

from pages._parts import (
    attention,
    cards,
    charts,
    dialogs,
    frame,
    loaders,
    progress,
    start_dialog,
    tables,
    words,
)
from pages._parts.context import context
from pages._parts.links import page_file
from pages._session import current_actor
from sync_core.access.permissions import CONFIGURE, RUN, Actor, allows
from sync_core.base.i18n import _
from sync_core.inspect.overview import Card, Overview, read_overview
from sync_core.ops.gateway_account import has_account

CARDS_A_ROW = 2
CHART_HEIGHT = 220


def main() -> None:
    actor, here = current_actor(), context()
    overview = read_overview(here.databases, actor, here.sources)
    frame.begin(_("Data sync"))
    ready = has_account(here.settings, here.databases, actor)
    may_set_it = allows(actor, CONFIGURE)
    frame.show(attention.attention(overview, has_account=ready, may_set_it=may_set_it))
    for first in range(0, len(overview.cards), CARDS_A_ROW):
        columns = st.columns(CARDS_A_ROW, gap="medium")
        pairs = zip(columns, overview.cards[first : first + CARDS_A_ROW], strict=False)
        for column, card in pairs:
            with column, st.container(border=True, height="stretch", key=f"card_{card.source}"):
                _show_card(card, overview.now, actor)
    _show_trends(actor)
    _show_latest(overview)


def _show_trends(actor: Actor) -> None:
    trends = loaders.trends(context(), actor)
    if not trends.of:
        return
    titles = [words.source_title(trend.source) for trend in trends.of]
    left, right = st.columns(2, gap="medium")
    with left:
        _chart(_("Records, last 30 days"), charts.records(trends, titles), "records")
    with right:
        _chart(_("Duration in seconds, last 30 days"), charts.lengths(trends, titles), "lengths")


def _chart(title: str, options: charts.Options, key: str) -> None:
    frame.heading(title)
    st.echarts_chart(options, height=CHART_HEIGHT, key=key, alt=charts.in_words(title, options))


def _show_card(card: Card, now: datetime, actor: Actor) -> None:
    frame.show(cards.card(card, now))
    if card.active:
        usual = card.last_success.duration_s if card.last_success else None
        progress.live(card.active, usual)
    with st.container(horizontal=True, key=f"actions_{card.source}"):
        _show_actions(card, actor)


def _show_actions(card: Card, actor: Actor) -> None:
    may_run = allows(actor, RUN)
    why_not = None if may_run else _("Your role may look, but not start or stop a sync.")
    if card.active:
        if st.button(
            _("Stop"),
            key=f"stop_{card.source}",
            icon=":material/stop_circle:",
            disabled=not may_run,
            help=why_not,
        ):
            dialogs.ask_to_stop(card.source, card.active.id)
    elif st.button(
        _("Sync"),
        key=f"sync_{card.source}",
        icon=":material/sync:",
        type="primary",
        disabled=not may_run,
        help=why_not,
    ):
        start_dialog.ask_to_start(card)
    if st.button(_("Settings"), key=f"settings_{card.source}", icon=":material/tune:"):
        st.switch_page(page_file("schedule"))


def _show_latest(overview: Overview) -> None:
    frame.heading(_("Latest runs"))
    if not overview.latest:
        frame.empty(
            "history",
            _("Nothing has run yet."),
            _("Press “Sync” on a card above; the first run appears here."),
        )
        return
    frame.show(tables.latest_runs(overview.latest))
    st.page_link(page_file("runs"), label=_("The whole history"), icon=":material/history:")


main()
