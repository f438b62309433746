"""A chart of the rows that fit, by one facet."""

from collections.abc import Sequence

import streamlit as st

from pages._parts import columns
from pages._parts.charts import BUSY, DIM, Options
from pages._parts.people_facets import ValueWord
from sync_core.base.i18n import _, is_rtl
from sync_core.inspect.facets import Facet

BARS = 15
BAR_HEIGHT, FRAME_HEIGHT = 26, 60


def show_chart(facets: Sequence[Facet], word: ValueWord) -> None:
    """The counts are those beside the rows: a facet's own choice does not narrow it."""
    with st.expander(_("Chart"), icon=":material/bar_chart:", key="people_chart"):
        name = st.selectbox(
            _("By"),
            [facet.column for facet in facets],
            format_func=columns.heading,
            key="chart_facet",
            filter_mode=None,
            width=280,
        )
        facet = next(facet for facet in facets if facet.column == name)
        drawn = bars(facet, word)
        st.echarts_chart(
            drawn,
            height=FRAME_HEIGHT + BAR_HEIGHT * len(drawn["yAxis"]["data"]),
            key="facet_chart",
            alt=_("People by {facet}").format(facet=columns.heading(facet.column)),
        )


def bars(facet: Facet, word: ValueWord) -> Options:
    """The commonest values, the largest on top, and all others as one bar."""
    shown = [(word(facet.column, value), n, BUSY) for value, n in facet.values[:BARS]]
    rest = sum(n for _value, n in facet.values[BARS:]) + facet.others
    if rest:
        shown.append((_("Others"), rest, DIM))
    start, end = ("right", "left") if is_rtl() else ("left", "right")
    data = [{"value": count, "itemStyle": {"color": colour}} for _name, count, colour in shown]
    label = {"show": True, "position": end}
    return {
        "animation": False,
        "tooltip": {"trigger": "item", "confine": True},
        "grid": {"left": 8, "right": 8, "top": 8, "bottom": 8, "containLabel": True},
        "xAxis": {"type": "value", "inverse": is_rtl(), "minInterval": 1},
        "yAxis": {
            "type": "category",
            "inverse": True,
            "position": start,
            "data": [name for name, _count, _colour in shown],
        },
        "series": [{"name": _("People"), "type": "bar", "data": data, "label": label}],
    }
