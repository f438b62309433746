"""The matrix of campus and term: a cell a unit, with its outcome. Chosen cells can be run again."""

from typing import Any, Literal

import streamlit as st

from pages._parts import words
from pages._parts.charts import BAD, DIM, GOOD, HATCHED, Options
from pages._parts.explain import explain
from sync_core.base import jalali
from sync_core.base.i18n import _
from sync_core.inspect.matrix import Cell, UnitMatrix
from sync_core.inspect.views import UnitView

ROW_HEIGHT, FRAME_HEIGHT, MOST_HEIGHT = 28, 90, 900
SIDE_WIDTH, TERM_WIDTH, FEW_TERMS = 170, 150, 4
"""A few terms do not take the whole page: their cells stay cells."""
SAME, WRONG, NOT_YET = "=", "✕", "…"
WAITING: Options = {"color": "transparent"}
FAILED: Options = {"color": BAD, "decal": HATCHED}


def show(matrix: UnitMatrix) -> None:
    """While a run goes on: nothing can be run again yet."""
    _draw(matrix, "matrix_live", "ignore")


def choose(matrix: UnitMatrix) -> list[Cell]:
    """Draws it; the cells that the person has clicked."""
    state = _draw(matrix, "matrix", "rerun")
    chosen = [place for series in state.selection.selected for place in series["data_indices"]]
    return [matrix.cells[place] for place in chosen if place < len(matrix.cells)]


def legend(matrix: UnitMatrix) -> str:
    """In words, of what there is: nobody has to know a colour."""
    units = [cell.unit for cell in matrix.cells]
    parts = [_("A number: records")]
    if any(unit.skipped for unit in units):
        parts.append(" ".join((SAME, _("sent as before, not read again"))))
    if any(unit.is_failed for unit in units):
        parts.append(" ".join((WRONG, _("failed"))))
    if any(unit.is_waiting for unit in units):
        parts.append(" ".join((NOT_YET, _("not tried yet"))))
    return " · ".join(parts)


def _draw(matrix: UnitMatrix, key: str, on_select: Literal["ignore", "rerun"]) -> Any:
    return st.echarts_chart(
        options(matrix),
        height=min(FRAME_HEIGHT + ROW_HEIGHT * len(matrix.campuses), MOST_HEIGHT),
        width=_width(len(matrix.terms)),
        key=key,
        on_select=on_select,
        alt=_("Campuses and terms, a cell a part, by outcome"),
    )


def _width(terms: int) -> int | Literal["stretch"]:
    return SIDE_WIDTH + TERM_WIDTH * terms if terms < FEW_TERMS else "stretch"


def options(matrix: UnitMatrix) -> Options:
    columns = {term: place for place, term in enumerate(matrix.terms)}
    rows = {code: place for place, code in enumerate(matrix.campuses)}
    return {
        "animation": False,
        "tooltip": {"formatter": "{b}", "confine": True},
        "grid": {"left": 8, "right": 8, "top": 8, "bottom": 8, "containLabel": True},
        "xAxis": {"type": "category", "data": list(matrix.terms), "position": "top"},
        "yAxis": {
            "type": "category",
            "data": list(matrix.campuses.values()),
            "inverse": True,
            "position": "right",
        },
        "series": [
            {
                "type": "heatmap",
                "data": [
                    {
                        "value": [columns[cell.term], rows[cell.campus], cell.unit.fetched],
                        "name": " · ".join(_told(cell, matrix)),
                        **_look(cell.unit),
                    }
                    for cell in matrix.cells
                ],
                "label": {"show": True, "color": "#ffffff", "fontSize": 11},
                "itemStyle": {"borderColor": "rgba(127,127,127,.25)", "borderWidth": 1},
                "selectedMode": "multiple",
                "select": {"itemStyle": {"borderColor": "#f2b84b", "borderWidth": 3}},
                "emphasis": {"itemStyle": {"borderColor": "#f2b84b", "borderWidth": 2}},
            }
        ],
    }


def _look(unit: UnitView) -> Options:
    if unit.is_waiting:
        return {"itemStyle": WAITING, "label": {"formatter": NOT_YET, "color": DIM}}
    if unit.is_failed:
        return {"itemStyle": FAILED, "label": {"formatter": WRONG}}
    colour, sign = (DIM, f"{SAME} ") if unit.skipped else (GOOD, "")
    shown = f"{sign}{unit.fetched:,}"
    return {"itemStyle": {"color": colour}, "label": {"formatter": shown}}


def _told(cell: Cell, matrix: UnitMatrix) -> list[str]:
    unit = cell.unit
    parts = [
        _("term {term}, {name}").format(term=cell.term, name=matrix.campuses[cell.campus]),
        _("not tried yet") if unit.is_waiting else words.status_word(unit.status),
    ]
    if unit.is_waiting:
        return parts
    if unit.is_failed:
        parts.append(explain(unit.error_class).what)
    else:
        parts.append(_("{n} records").format(n=f"{unit.fetched:,}"))
        parts.append(
            _("{new} new, {changed} changed").format(
                new=f"{unit.inserted:,}", changed=f"{unit.updated:,}"
            )
        )
    if unit.skipped:
        parts.append(_("sent as before, not read again"))
    parts.append(jalali.duration(unit.duration_s))
    if unit.repeats:
        parts.append(_("{n} calls repeated").format(n=unit.repeats))
    if unit.finished_at is not None:
        parts.append(jalali.jalali_time(unit.finished_at))
    return parts
