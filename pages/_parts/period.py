"""The filter by days: today, the last days, the Jalali month or year, or a range of one's own."""

from collections.abc import Sequence
from datetime import date

import streamlit as st

from pages._parts.filters import FILTER_WIDTH, to_first_page
from sync_core.base.i18n import N_, _, is_rtl
from sync_core.base.jalali import jalali_date, month_end
from sync_core.inspect.periods import (
    DEFAULT,
    EVER,
    MONTH,
    MONTH_LONG,
    OWN,
    TODAY,
    WEEK,
    YEAR,
    Period,
    from_address,
)

WORDS = {
    TODAY: N_("Today"),
    WEEK: N_("Last 7 days"),
    MONTH_LONG: N_("Last 30 days"),
    MONTH: N_("This month"),
    YEAR: N_("This year"),
    EVER: N_("From the beginning"),
    OWN: N_("A range of my own"),
}


def period_filter(today: date) -> Period:
    """In the address as `period`, and `from` and `to` for a range; the last 30 days by default."""
    given = st.query_params.get("period", DEFAULT)
    options = list(WORDS)
    chosen = st.selectbox(
        _("Period"),
        options,
        index=options.index(given if given in WORDS else DEFAULT),
        format_func=lambda name: _(WORDS[name]),
        key="filter_period",
        on_change=to_first_page,
        filter_mode=None,
        width=FILTER_WIDTH,
    )
    st.query_params["period"] = chosen
    if chosen == OWN:
        _choose_days(today)
    else:
        for name in ("from", "to"):
            st.query_params.pop(name, None)
    return from_address(st.query_params.to_dict(), today)


def _choose_days(today: date) -> None:
    """Writes the days into the address.

    Up to a Jalali month's end: from a limit within one, Streamlit's calendar takes the Gregorian
    month of the limit for the present one.
    """
    present = from_address(st.query_params.to_dict(), today)
    chosen = st.date_input(
        _("From and to"),
        value=(present.first or today, present.last or today),
        max_value=month_end(max(today, present.last or today)),
        key="filter_range",
        on_change=to_first_page,
        width=FILTER_WIDTH,
    )
    if len(chosen) == 2:  # while only its beginning is chosen, the old range holds
        st.query_params["from"], st.query_params["to"] = map(date.isoformat, chosen)
    if is_rtl():
        _show_as_jalali(chosen)


def _show_as_jalali(chosen: Sequence[date]) -> None:
    """Streamlit's field writes its days as Gregorian ones, also where its calendar is Jalali.

    The words go into a style sheet, for hamgam.css to show instead.
    """
    rules = (
        f'.st-key-filter_range [data-range-field="{end}"] {{ --jalali: "{jalali_date(day)}"; }}'
        for end, day in zip(("start", "end"), chosen, strict=False)
    )
    st.html(f"<style>{''.join(rules)}</style>")
