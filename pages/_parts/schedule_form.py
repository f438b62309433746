"""The form of one source's schedule. A save over somebody's newer one is refused and said."""

from datetime import datetime

import streamlit as st

from pages._parts import frame, html, rounds, schedule_words
from pages._parts.context import context
from pages._parts.schedule_fields import Fields
from pages._parts.words import source_title
from sync_core.access.permissions import CONFIGURE, Actor, allows
from sync_core.base.clock import utc_now
from sync_core.base.i18n import _
from sync_core.schedule.crontab import write_crontab_file
from sync_core.schedule.plans import (
    Changes,
    as_changes,
    next_runs,
    preview,
    read_schedules,
    save_schedule,
)
from sync_core.schedule.timing import STALE, Timing, TimingRefused, timing_of
from sync_core.store.control import Schedule


def show_form(actor: Actor, source: str, plan: Schedule | None) -> None:
    may_change = allows(actor, CONFIGURE)
    _remember(source, plan)
    frame.show(html.card_title(source_title(source)))
    enabled = st.toggle(
        _("Automatic sync is on"),
        value=bool(plan and plan.enabled),
        key=_key("auto", source),
        disabled=not may_change,
    )
    chosen = _chosen(source, plan, disabled=not (may_change and enabled))
    _show_coming(plan, enabled, chosen)
    if st.button(
        _("Save"),
        key=f"save_{source}",
        type="primary",
        disabled=not may_change,
        icon=":material/save:",
    ):
        _save(actor, source, enabled, chosen)
    _show_outcome(source)


def _chosen(source: str, plan: Schedule | None, *, disabled: bool) -> Timing | TimingRefused:
    """What the fields hold; what cannot be read of them is told where it would be saved."""
    fields = Fields(_place(source), disabled=disabled)
    chosen = fields.ask(timing_of(plan) if plan else Timing())
    return fields.refused or chosen


def _show_coming(plan: Schedule | None, enabled: bool, chosen: Timing | TimingRefused) -> None:
    """The next runs: of what is saved, or, where the fields say something else, of that."""
    now = utc_now()
    saved = plan is not None and plan.enabled == enabled and timing_of(plan) == chosen
    if not enabled:
        told = html.text(_("No automatic run is planned."))
        frame.show(f'<div class="hg-meta">{told}</div>')
    elif saved and plan is not None:
        _show_state(plan, now)
        title = _("The next runs")
        frame.show(schedule_words.coming(title, next_runs(plan, now), now))
    elif isinstance(chosen, Timing):
        try:
            runs = preview(chosen, now)
        except TimingRefused:  # said when it is to be saved
            return
        frame.show(schedule_words.coming(_("If you save this, the next runs are"), runs, now))


def _show_state(plan: Schedule, now: datetime) -> None:
    if plan.held_until is not None and plan.held_until > now:
        st.warning(schedule_words.held(plan), icon=":material/hourglass_top:")
        st.caption(_("A success, or saving the schedule or the gateway's account, ends that."))
    if plan.last_missed:
        st.info(schedule_words.caught_up(plan), icon=":material/history:")


def _save(actor: Actor, source: str, enabled: bool, chosen: Timing | TimingRefused) -> None:
    here = context()
    seen: datetime | None = st.session_state.get(_seen(source))
    try:
        if enabled and isinstance(chosen, TimingRefused):
            raise chosen
        changes = as_changes(chosen) if enabled and isinstance(chosen, Timing) else Changes()
        row = save_schedule(
            here.databases,
            actor,
            source,
            enabled=enabled,
            expected_updated_at=seen,
            **changes,
        )
    except TimingRefused as refused:
        _refuse(actor, source, refused)
        return
    write_crontab_file(here.settings, actor)
    _begin_anew(source, "saved", schedule_words.saved(enabled, timing_of(row)))


def _refuse(actor: Actor, source: str, refused: TimingRefused) -> None:
    """What was chosen stays, unless somebody was faster."""
    if refused.reason != STALE:
        told = _(schedule_words.REFUSALS[refused.reason])
        st.session_state[_outcome(source)] = ("refused", told)
        return
    plans = read_schedules(context().databases, actor)
    who = next((plan.updated_by for plan in plans if plan.source == source), "")
    told = _(
        "{who} saved this schedule after you opened it. Nothing of yours was saved: here is theirs."
    )
    _begin_anew(source, "refused", told.format(who=html.in_markdown(who)))


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


def _begin_anew(source: str, kind: str, sentence: str) -> None:
    """New keys make new fields, filled from the newest version."""
    rounds.begin_anew(_round(source))
    st.session_state[_outcome(source)] = (kind, sentence)
    st.rerun()


def _place(source: str) -> str:
    return rounds.key(source, _round(source))


def _round(source: str) -> str:
    return f"schedule_round_{source}"


def _key(name: str, source: str) -> str:
    return f"{name}_{_place(source)}"


def _seen(source: str) -> str:
    return f"seen_schedule_{source}"


def _outcome(source: str) -> str:
    return f"schedule_outcome_{source}"
