"""Charts, as options of ECharts, and what they show in words. Time runs from left to right on
Jalali categories.
"""

from collections.abc import Sequence
from typing import Any

from sync_core.base.i18n import _
from sync_core.base.jalali import jalali_date, jalali_month
from sync_core.inspect.run_stats import Bar, RunStats
from sync_core.inspect.trends import Trends

GOOD, BAD, BUSY, WARN, DIM = "#248453", "#c94940", "#2f76b8", "#b07514", "#66788a"
"""Each stands out from both themes' ground; white words can be read on all but WARN."""
LINES = ("#1f8f83", "#b9772a", "#3b82c4", "#8a63b8")
MARKS = ("circle", "diamond", "triangle", "rect")
HATCHED = {"symbol": "rect", "rotation": 0.8, "dashArrayX": [1, 0], "dashArrayY": [2, 3]}

BELOW = {"margin": 16}
"""The first label of the days does not touch the lowest of the scale."""

Options = dict[str, Any]


def outcomes(stats: RunStats) -> Options:
    """Runs, stacked by outcome; a failed bar is hatched as well as red."""
    return _axes(stats) | {
        "series": [
            _bars(_("Successful"), [bar.success for bar in stats.bars], {"color": GOOD}),
            _bars(
                _("Failed"), [bar.failed for bar in stats.bars], {"color": BAD, "decal": HATCHED}
            ),
        ],
    }


def changes(stats: RunStats) -> Options:
    """People that runs found new, changed, and no longer reported."""
    dotted = {"symbol": "circle", "symbolSize": 0.6}
    return _axes(stats) | {
        "series": [
            _bars(_("New"), [bar.inserted for bar in stats.bars], {"color": GOOD}),
            _bars(
                _("Changed"), [bar.updated for bar in stats.bars], {"color": BUSY, "decal": dotted}
            ),
            _bars(
                _("No longer reported"),
                [bar.missing for bar in stats.bars],
                {"color": WARN, "decal": HATCHED},
            ),
        ],
    }


def durations(stats: RunStats) -> Options:
    """The median of each stretch, and that of all of them, which the title tells, as a line."""
    line = {
        "data": [{"yAxis": round(stats.median_s or 0)}],
        "symbol": "none",
        "silent": True,
        "label": {"show": False},
    }
    series = {
        "name": _("Median, in seconds"),
        "type": "line",
        "data": [None if bar.median_s is None else round(bar.median_s, 1) for bar in stats.bars],
        "connectNulls": True,
        "symbolSize": 5,
        "itemStyle": {"color": BUSY},
        "markLine": {**line, "lineStyle": {"color": DIM, "type": "dashed"}},
    }
    return _axes(stats) | {"series": [series]}


def in_words(title: str, options: Options) -> str:
    """For who cannot see it: what each series adds up to, or from where to where it goes."""
    told = [_series_in_words(series) for series in options["series"]]
    return _("{title}. {series}").format(title=title, series="; ".join(told))


def _series_in_words(series: Options) -> str:
    values = [value for value in series["data"] if value is not None]
    if series["type"] == "bar":
        return _("{name}: {n}").format(name=series["name"], n=f"{sum(values):,}")
    if not values:
        return _("{name}: {n}").format(name=series["name"], n="—")
    return _("{name}: from {least} to {most}, last {last}").format(
        name=series["name"],
        least=f"{min(values):,}",
        most=f"{max(values):,}",
        last=f"{values[-1]:,}",
    )


def records(trends: Trends, titles: Sequence[str]) -> Options:
    """Rows of each source after each day's last full run."""
    return _lines(trends, titles, [trend.records for trend in trends.of])


def lengths(trends: Trends, titles: Sequence[str]) -> Options:
    """Seconds of each source's full runs."""
    rounded = [[None if s is None else round(s, 1) for s in trend.seconds] for trend in trends.of]
    return _lines(trends, titles, rounded)


def _lines(
    trends: Trends, titles: Sequence[str], data: Sequence[Sequence[float | None]]
) -> Options:
    """Told apart by their marks as well as by colour. Two have a scale each: one may be a
    hundred times the other.
    """
    apart = len(titles) == 2
    series = [
        {
            "name": title,
            "type": "line",
            "data": list(values),
            "connectNulls": True,
            "symbol": MARKS[place % len(MARKS)],
            "symbolSize": 7,
            "itemStyle": {"color": LINES[place % len(LINES)]},
            "yAxisIndex": place if apart else 0,
        }
        for place, (title, values) in enumerate(zip(titles, data, strict=True))
    ]
    named = titles if apart else ("",)
    scales = [_scale(place, title) for place, title in enumerate(named)]
    frame = _frame([jalali_date(day) for day in trends.days])
    return frame | {
        "grid": {**frame["grid"], "top": 32},
        "yAxis": scales,
        "series": series,
    }


def _scale(place: int, title: str) -> Options:
    """It need not begin at nought. Where there are two, each has a line's colour and name."""
    side = ("left", "right")[place]
    own = {"show": bool(title), "lineStyle": {"color": LINES[place], "width": 2}}
    return {
        "type": "value",
        "scale": True,
        "position": side,
        "name": title,
        "nameTextStyle": {"align": side},
        "axisLine": own,
        "splitLine": {"show": place == 0},
    }


def _axes(stats: RunStats) -> Options:
    return _frame([_label(bar, stats) for bar in stats.bars])


def _frame(labels: Sequence[str]) -> Options:
    return {
        "animation": False,
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}},
        "legend": {"bottom": 0},
        "grid": {"left": 22, "right": 12, "top": 16, "bottom": 40, "containLabel": True},
        "xAxis": {"type": "category", "data": list(labels), "axisLabel": BELOW},
        "yAxis": {"type": "value", "minInterval": 1},
    }


def _label(bar: Bar, stats: RunStats) -> str:
    return jalali_month(bar.first) if stats.by_month else jalali_date(bar.first)


def _bars(name: str, data: Sequence[int], style: Options) -> Options:
    return {
        "name": name,
        "type": "bar",
        "stack": "runs",
        "data": list(data),
        "itemStyle": style,
        "barMaxWidth": 22,
    }
