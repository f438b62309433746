"""The fields of one source's schedule. They only ask; the core says what of it can be."""

from dataclasses import replace
from datetime import time

import streamlit as st

from pages._parts import schedule_words as words
from sync_core.base.i18n import _
from sync_core.base.text import ascii_digits
from sync_core.schedule import timing
from sync_core.schedule.timing import Timing, TimingRefused, clock

LONGEST = 525_600
"""A year in minutes; the core checks the other units."""
LONGEST_TIMES = 200
QUIET = (time(22), time(6))
"""Offered where no window is chosen yet."""


class Fields:
    """Those of one form: where their values are kept, and whether they may be changed."""

    def __init__(self, place: str, *, disabled: bool) -> None:
        """`place`: what the keys of all its fields end with."""
        self._place, self._disabled = place, disabled
        self.refused: TimingRefused | None = None
        """Why what stands in a field cannot be read."""

    def ask(self, saved: Timing) -> Timing:
        """What the fields hold now; they begin with what was saved."""
        kind = self._choice("kind", _("How often"), words.KINDS, saved.kind)
        chosen = replace(saved, kind=kind)
        chosen = self._interval(chosen) if kind == timing.EVERY else self._days(chosen)
        with st.expander(_("Quiet window, missed times, retries"), icon=":material/tune:"):
            return self._rest(chosen)

    def _interval(self, chosen: Timing) -> Timing:
        number, unit = st.columns(2)
        with number:
            value = self._number("interval", _("Every"), chosen.interval_value, 1, LONGEST)
        with unit:
            name = self._choice("unit", _("Unit"), words.UNITS, chosen.interval_unit)
        return replace(chosen, interval_value=value, interval_unit=name)

    def _days(self, chosen: Timing) -> Timing:
        if chosen.kind == timing.WEEKLY:
            chosen = replace(chosen, weekdays=self._weekdays(chosen.weekdays))
        else:
            day = self._number("day", _("Day of the Jalali month"), chosen.month_day or 1, 1, 31)
            st.caption(_("In a month that is too short for it, the last day counts."))
            chosen = replace(chosen, month_day=day)
        given = st.text_input(
            _("Times of day, with commas between them"),
            value=", ".join(map(clock, chosen.times)),
            key=self._key("times"),
            max_chars=LONGEST_TIMES,
            placeholder="03:00, 14:30",
            autocomplete="off",
            disabled=self._disabled,
        )
        try:
            return replace(chosen, times=_times(given or ""))
        except ValueError:
            self.refused = TimingRefused(timing.TIMES, "A time of day is wrong.")
            return chosen

    def _weekdays(self, chosen: tuple[int, ...]) -> tuple[int, ...]:
        given = st.pills(
            _("Weekdays"),
            range(len(words.WEEKDAYS)),
            selection_mode="multi",
            default=list(chosen or range(len(words.WEEKDAYS))),
            format_func=lambda number: _(words.WEEKDAYS[number]),
            key=self._key("weekdays"),
            disabled=self._disabled,
        )
        return tuple(sorted(given))

    def _rest(self, chosen: Timing) -> Timing:
        chosen = replace(
            self._quiet(chosen),
            mode=self._choice(
                "mode", _("What the automatic run fetches"), words.MODES, chosen.mode
            ),
            missed=self._choice("missed", _("Times that were missed"), words.MISSED, chosen.missed),
        )
        count, wait = st.columns(2)
        with count:
            label = _("Retries of a failed run")
            retries = self._number("retries", label, chosen.retries, 0, timing.MOST_RETRIES)
        with wait:
            minutes = self._number(
                "retry_wait",
                _("Minutes before each"),
                chosen.retry_wait_minutes,
                1,
                timing.LONGEST_WAIT,
            )
        st.caption(
            _(
                "Only what failed is tried again; never after a refused login, a wrong setting, "
                "a full disk, a stop by hand, or when far less came than before."
            )
        )
        return replace(chosen, retries=retries, retry_wait_minutes=minutes)

    def _quiet(self, chosen: Timing) -> Timing:
        wanted = st.toggle(
            _("Quiet window: no automatic run starts in it"),
            value=chosen.quiet_from is not None,
            key=self._key("quiet"),
            disabled=self._disabled,
        )
        if not wanted:
            return replace(chosen, quiet_from=None, quiet_to=None)
        begins, ends = st.columns(2)
        with begins:
            first = self._time("quiet_from", _("From"), chosen.quiet_from or QUIET[0])
        with ends:
            last = self._time("quiet_to", _("To"), chosen.quiet_to or QUIET[1])
        st.caption(_("A run whose time lies in it starts at its end."))
        return replace(chosen, quiet_from=first, quiet_to=last)

    def _choice(self, name: str, label: str, names: dict[str, str], saved: str) -> str:
        keys = list(names)
        chosen = st.selectbox(
            label,
            keys,
            index=keys.index(saved) if saved in keys else 0,
            format_func=lambda key: _(names[key]),
            key=self._key(name),
            disabled=self._disabled,
            filter_mode=None,
        )
        return str(chosen)

    def _number(self, name: str, label: str, saved: int, low: int, high: int) -> int:
        return int(
            st.number_input(
                label,
                min_value=low,
                max_value=high,
                value=min(max(saved, low), high),
                key=self._key(name),
                disabled=self._disabled,
            )
        )

    def _time(self, name: str, label: str, saved: time) -> time | None:
        return st.time_input(
            label, value=saved, key=self._key(name), step=900, disabled=self._disabled
        )

    def _key(self, name: str) -> str:
        return f"{name}_{self._place}"


def _times(given: str) -> tuple[time, ...]:
    """Persian digits and commas may be typed. Raises ValueError."""
    parts = ascii_digits(given).replace("،", ",").split(",")
    return tuple(_time(part.strip()) for part in parts if part.strip())


def _time(given: str) -> time:
    hour, _colon, minute = given.partition(":")
    return time(int(hour), int(minute or 0))
