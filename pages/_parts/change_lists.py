"""The changes of a run or of a period: how many, day by day, by column, and then each one."""

from collections.abc import Mapping

import streamlit as st

from pages._parts import change_rows, charts, frame, loaders
from pages._parts.context import context
from pages._parts.filters import page_number
from pages._parts.links import page_file
from sync_core.access.permissions import Actor
from sync_core.base.i18n import _
from sync_core.engine.source import Source
from sync_core.inspect.changes import PER_PAGE, Changes, changes_page
from sync_core.inspect.history import HistoryFilter
from sync_core.inspect.periods import Period

HEIGHT = 240


def show_changes(
    actor: Actor,
    source: Source,
    changes: Changes,
    shown: Changes,
    period: Period | None,
    address: Mapping[str, str | None],
) -> None:
    """`shown`: what the filters leave of `changes`. `address`: that of the page without them."""
    if not changes.total:
        _show_nothing(period)
        return
    frame.show(change_rows.kinds(changes, address))
    if period is not None:
        _show_days(actor, source, period)
    if changes.by_column():
        frame.heading(_("By column"))
        frame.show(change_rows.by_column(changes, address))
    frame.heading(_("Person by person"))
    _show_rows(actor, source, shown)


def _show_nothing(period: Period | None) -> None:
    told, todo = _("Nothing is kept of what this run changed."), _("Choose a period instead.")
    if period is not None:
        told, todo = _("Nothing changed in these days."), _("Choose a longer period.")
    frame.empty("difference", told, todo)
    st.page_link(page_file("runs"), label=_("The whole history"), icon=":material/history:")


def _show_days(actor: Actor, source: Source, period: Period) -> None:
    which = HistoryFilter(source=source.name, since=period.since, until=period.until)
    stats = loaders.run_stats(context(), actor, which)
    if stats.bars:
        frame.heading(_("By day"))
        options = charts.changes(stats)
        alt = charts.in_words(_("People new, changed and missing"), options)
        st.echarts_chart(options, height=HEIGHT, key="chart_changes", alt=alt)


def _show_rows(actor: Actor, source: Source, shown: Changes) -> None:
    if not shown.total:
        frame.empty("filter_alt_off", _("No change fits these filters."), _("Choose other ones."))
        return
    here = context()
    st.caption(
        " · ".join(
            [_("{n} changes").format(n=f"{shown.total:,}"), _("Personal columns are masked")]
        )
    )
    above = st.container()
    number = page_number(-(-shown.total // PER_PAGE))
    page = changes_page(here.settings, here.databases, actor, source, shown, number)
    with above:
        frame.show(change_rows.table(source, page.rows))
