"""The history of syncs: filters in the address, one chart, a page of runs; or one run in full."""

import streamlit as st

from pages._parts import charts, frame, loaders, tables, words
from pages._parts.context import context
from pages._parts.filters import page_number, url_choice, url_number
from pages._parts.links import page_file
from pages._parts.run_panel import show_run
from pages._session import current_actor
from sync_core.base.i18n import _
from sync_core.inspect.history import PER_PAGE, HistoryFilter, HistoryPage, history_page


def main() -> None:
    current_actor()
    frame.begin(
        _("Sync history"), _("Every run, who started it, how it ended and what it changed.")
    )
    which = _filters()
    chosen = url_number("id")
    if chosen is not None:
        show_run(chosen)
    _show_chart(which)
    _show_runs(which)


def _filters() -> HistoryFilter:
    names, statuses = list(context().sources), list(words.STATUSES)
    with st.container(horizontal=True, key="filters"):
        source = url_choice(_("Source"), "source", names, words.source_title)
        status = url_choice(_("Status"), "status", statuses, words.status_word)
    return HistoryFilter(source=source, status=status)


def _show_chart(which: HistoryFilter) -> None:
    days = loaders.runs_by_day(context(), which)
    if not any(day.success or day.failed for day in days):
        return
    st.subheader(_("Runs a day, last 30 days"), anchor=False)
    label = _("Successful and failed runs of each of the last 30 days")
    st.echarts_chart(charts.runs_a_day(days), height=240, key="runs_a_day", alt=label)


def _show_runs(which: HistoryFilter) -> None:
    st.subheader(_("Runs"), anchor=False)
    above = st.container()
    first = history_page(context().databases, which, 1)
    pages = max(1, -(-first.total // PER_PAGE))
    number = page_number(pages)
    page = first if number == 1 else history_page(context().databases, which, number)
    with above:
        _show_page(page, which)


def _show_page(page: HistoryPage, which: HistoryFilter) -> None:
    if page.rows:
        st.caption(_("{n} runs").format(n=f"{page.total:,}"))
        frame.show(tables.run_history(page.rows, {"source": which.source, "status": which.status}))
    elif which == HistoryFilter():
        frame.empty("history", _("Nothing has run yet."), _("Start the first sync."))
        st.page_link(page_file("overview"), label=_("To the overview"), icon=":material/sync:")
    else:
        frame.empty(
            "filter_alt_off", _("No run fits these filters."), _("Choose another source or status.")
        )


main()
