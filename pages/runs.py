"""The history of syncs: filters in the address, charts, a page of runs."""

from urllib.parse import urlencode

import streamlit as st

from pages._parts import frame, html, run_charts, tables, words
from pages._parts.context import context
from pages._parts.filters import page_number, url_choice
from pages._parts.links import page_file
from pages._parts.period import period_filter
from pages._session import current_actor
from sync_core.access.permissions import Actor
from sync_core.base.clock import tehran_today
from sync_core.base.i18n import _
from sync_core.inspect.history import PER_PAGE, HistoryFilter, HistoryPage, history_page
from sync_core.inspect.run_stats import requesters


def main() -> None:
    actor = current_actor()
    frame.begin(
        _("Sync history"), _("Every run, who started it, how it ended and what it changed.")
    )
    which = _filters(actor)
    run_charts.show(actor, which, tehran_today())
    _show_runs(actor, which)


def _filters(actor: Actor) -> HistoryFilter:
    with st.container(horizontal=True, key="filters"):
        source = url_choice(_("Source"), "source", list(context().sources), words.source_title)
        status = url_choice(_("Status"), "status", list(words.STATUSES), words.status_word)
        trigger = url_choice(_("Started by"), "trigger", list(words.TRIGGERS), words.trigger_word)
        who = url_choice(_("Who"), "who", requesters(context().databases, actor), words.person)
        period = period_filter(tehran_today())
    return HistoryFilter(source, status, trigger, who, period.since, period.until)


def _show_runs(actor: Actor, which: HistoryFilter) -> None:
    frame.heading(_("Runs"))
    above = st.container()
    first = history_page(context().databases, actor, which, 1)
    pages = max(1, -(-first.total // PER_PAGE))
    number = page_number(pages)
    page = first if number == 1 else history_page(context().databases, actor, which, number)
    with above:
        _show_page(actor, page)


def _show_page(actor: Actor, page: HistoryPage) -> None:
    if page.rows:
        st.caption(_("{n} runs").format(n=f"{page.total:,}"))
        frame.show(tables.run_history(page.rows))
        frame.show(_download())
        return
    if history_page(context().databases, actor, HistoryFilter(), 1).total:
        told, todo = _("No run fits these filters."), _("Choose other ones.")
        frame.empty("filter_alt_off", told, todo)
        return
    frame.empty("history", _("Nothing has run yet."), _("Start the first sync."))
    st.page_link(page_file("overview"), label=_("To the overview"), icon=":material/sync:")


def _download() -> str:
    """What the filters leave, all of it."""
    address = html.text("/download/runs.csv?" + urlencode(st.query_params.to_dict()))
    return html.button_link(address, "download", _("Download as CSV"))


main()
