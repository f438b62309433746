"""The form of one source's schedule. A save over somebody's newer one is refused and said."""

from datetime import datetime

import streamlit as st

from pages import _session
from pages._parts import frame, html, words
from pages._parts.context import context
from sync_core.base import jalali
from sync_core.base.errors import ConfigError
from sync_core.base.i18n import N_, _
from sync_core.schedule.crontab import write_crontab_file
from sync_core.schedule.plans import read_schedules, save_schedule
from sync_core.store.control import Schedule

UNITS = {"minutes": N_("minutes"), "hours": N_("hours"), "days": N_("days")}
LONGEST = 525_600
"""A year in minutes; the core checks the other units."""


def show_form(source: str, plan: Schedule | None, *, may_change: bool) -> None:
    _remember(source, plan)
    frame.show(f'<span class="hg-card-title">{html.text(words.source_title(source))}</span>')
    enabled = st.toggle(
        _("Automatic sync is on"),
        value=bool(plan and plan.enabled),
        key=_key("auto", source),
        disabled=not may_change,
    )
    value, unit = _interval(source, plan, disabled=not (may_change and enabled))
    frame.show(_next(plan))
    if st.button(
        _("Save"),
        key=f"save_{source}",
        type="primary",
        disabled=not may_change,
        icon=":material/save:",
    ):
        _save(source, enabled, value, unit)
    _show_outcome(source)


def _interval(source: str, plan: Schedule | None, *, disabled: bool) -> tuple[int, str]:
    number, unit = st.columns(2)
    with number:
        value = st.number_input(
            _("Every"),
            min_value=1,
            max_value=LONGEST,
            value=plan.interval_value if plan else 1440,
            key=_key("interval", source),
            disabled=disabled,
        )
    with unit:
        names = list(UNITS)
        chosen = st.selectbox(
            _("Unit"),
            names,
            index=names.index(plan.interval_unit) if plan and plan.interval_unit in names else 0,
            format_func=lambda name: _(UNITS[name]),
            key=_key("unit", source),
            disabled=disabled,
            filter_mode=None,
        )
    return int(value), str(chosen)


def _next(plan: Schedule | None) -> str:
    if plan is None or not plan.enabled or plan.next_due_at is None:
        label = _("No automatic run is planned.")
    else:
        label = _("Next run: {time}").format(time=jalali.full_time(plan.next_due_at))
    return f'<div class="hg-meta">{html.text(label)}</div>'


def _save(source: str, enabled: bool, value: int, unit: str) -> None:
    here = context()
    seen: datetime | None = st.session_state.get(_seen(source))
    try:
        save_schedule(
            here.databases,
            _session.current_actor(),
            source,
            enabled=enabled,
            interval_value=value,
            interval_unit=unit,
            expected_updated_at=seen,
        )
    except ConfigError:
        _refuse(source, seen)
        return
    write_crontab_file(here.settings)
    _forget(source)
    st.session_state[_outcome(source)] = ("saved", _saved_words(enabled, value, unit))
    st.rerun()


def _refuse(source: str, seen: datetime | None) -> None:
    """Either somebody was faster, or the interval is out of range."""
    newest = _newest(source)
    if newest is None or seen is None or newest.updated_at == seen:
        told = _("An interval is from 1 minute to 365 days. Nothing was saved.")
        st.session_state[_outcome(source)] = ("refused", told)
        return
    told = _(
        "{who} saved this schedule after you opened it. Nothing of yours was saved: here is theirs."
    )
    _forget(source)
    who = html.in_markdown(newest.updated_by)
    st.session_state[_outcome(source)] = ("refused", told.format(who=who))
    st.rerun()


def _newest(source: str) -> Schedule | None:
    plans = read_schedules(context().databases)
    return next((plan for plan in plans if plan.source == source), None)


def _saved_words(enabled: bool, value: int, unit: str) -> str:
    if not enabled:
        return _("Saved: automatic sync is off.")
    return _("Saved: every {n} {unit}.").format(n=value, unit=_(UNITS[unit]))


def _show_outcome(source: str) -> None:
    kind, sentence = st.session_state.pop(_outcome(source), (None, ""))
    if kind == "saved":
        st.success(sentence, icon=":material/check_circle:")
    elif kind == "refused":
        st.error(sentence, icon=":material/error:")


def _remember(source: str, plan: Schedule | None) -> None:
    """The version that this visit's fields were filled from: both begin and end together."""
    if _key("auto", source) not in st.session_state:
        st.session_state[_seen(source)] = plan.updated_at if plan else None


def _forget(source: str) -> None:
    """New keys make new fields, filled from the newest version."""
    st.session_state[_round(source)] = st.session_state.get(_round(source), 0) + 1


def _key(name: str, source: str) -> str:
    return f"{name}_{source}_{st.session_state.get(_round(source), 0)}"


def _round(source: str) -> str:
    return f"schedule_round_{source}"


def _seen(source: str) -> str:
    return f"seen_schedule_{source}"


def _outcome(source: str) -> str:
    return f"schedule_outcome_{source}"
