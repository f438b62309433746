"""Charts over a filter of runs: outcomes, changes, durations, causes, and a year at a glance."""

from dataclasses import replace
from datetime import date

import streamlit as st

from pages._parts import charts, frame, heatmap, html, loaders
from pages._parts.context import context
from pages._parts.explain import explain
from pages._parts.html import Heading
from sync_core.access.permissions import Actor
from sync_core.base import jalali
from sync_core.base.i18n import _
from sync_core.inspect.history import HistoryFilter
from sync_core.inspect.periods import Period
from sync_core.inspect.run_stats import RunStats

HEIGHT = 240


def show(actor: Actor, which: HistoryFilter, today: date) -> None:
    """Nothing where nothing has ended."""
    stats = loaders.run_stats(context(), actor, which)
    if not stats.bars:
        return
    left, right = st.columns(2, gap="medium")
    with left:
        _chart(_("Runs"), charts.outcomes(stats), "outcomes", _("Runs by outcome"))
        _show_durations(stats)
    with right:
        _chart(_("Changes"), charts.changes(stats), "changes", _("People new, changed and missing"))
        _show_errors(stats)
    _show_year(actor, which, today)


def _show_durations(stats: RunStats) -> None:
    title = _("Duration")
    if stats.median_s is not None:
        title = _("Duration, median {time}").format(time=jalali.duration(stats.median_s))
    _chart(title, charts.durations(stats), "durations", _("How long successful runs took"))


def _chart(title: str, options: charts.Options, key: str, alt: str) -> None:
    frame.heading(title)
    st.echarts_chart(options, height=HEIGHT, key=f"chart_{key}", alt=charts.in_words(alt, options))


def _show_errors(stats: RunStats) -> None:
    frame.heading(_("Why runs failed"))
    if not stats.errors:
        frame.empty("check_circle", _("No run failed."), _("Nothing to do."))
        return
    most = stats.errors[0][1]
    rows = ([html.text(explain(name).what), _share(count, most)] for name, count in stats.errors)
    headings = [Heading(_("Cause"), "wide"), Heading(_("Runs"))]
    frame.show(html.table(headings, rows, _("Why runs failed")))


def _share(count: int, most: int) -> str:
    width = round(100 * count / most)
    return (
        f'<span class="hg-share hg-failed"><i style="width:{width}%"></i></span>'
        f" {html.number(count)}"
    )


def _show_year(actor: Actor, which: HistoryFilter, today: date) -> None:
    year = Period(heatmap.first_day(today), today)
    of_the_year = replace(which, since=year.since, until=year.until)
    frame.heading(_("The last year"))
    frame.show(heatmap.calendar(loaders.outcomes_by_day(context(), actor, of_the_year), today))
