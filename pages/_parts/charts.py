"""Charts, as options of ECharts. Time runs from left to right on Jalali categories."""

from collections.abc import Sequence
from typing import Any

from sync_core.base.i18n import _
from sync_core.base.jalali import jalali_date
from sync_core.inspect.history import Day

GOOD, BAD = "#2f9e68", "#d9534a"


def runs_a_day(days: Sequence[Day]) -> dict[str, Any]:
    """Stacked by outcome; a failed bar is hatched as well as red."""
    hatched = {"symbol": "rect", "rotation": 0.8, "dashArrayX": [1, 0], "dashArrayY": [2, 3]}
    return {
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}},
        "legend": {"bottom": 0},
        "grid": {"left": 8, "right": 8, "top": 16, "bottom": 40, "containLabel": True},
        "xAxis": {"type": "category", "data": [jalali_date(day.date) for day in days]},
        "yAxis": {"type": "value", "minInterval": 1},
        "series": [
            _bars(_("Successful"), [day.success for day in days], {"color": GOOD}),
            _bars(_("Failed"), [day.failed for day in days], {"color": BAD, "decal": hatched}),
        ],
    }


def _bars(name: str, data: list[int], style: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "type": "bar",
        "stack": "runs",
        "data": data,
        "itemStyle": style,
        "barMaxWidth": 22,
    }
