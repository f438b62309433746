"""The form of the rules: which are on, their thresholds, quiet hours, throttle and digest."""

from collections.abc import Mapping
from datetime import datetime

import streamlit as st

from pages._parts import frame, html, rounds, words
from pages._parts.context import context
from sync_core.access.permissions import Actor
from sync_core.alerts.choices import ALL, Choices, ChoicesStale, Key, read_choices, save_choices
from sync_core.alerts.kinds import GIB, HOURS, KINDS, MINUTES, PERCENT, Kind, Setting
from sync_core.alerts.policy import MOST_AN_HOUR, Policy
from sync_core.alerts.words import rule_meaning, rule_word
from sync_core.base import jalali
from sync_core.base.errors import ConfigError
from sync_core.base.i18n import N_, _
from sync_core.base.text import ascii_digits

ROUND, SEEN, OUTCOME = "alerts_round", "alerts_seen", "alerts_outcome"
UNITS = {HOURS: N_("hours"), PERCENT: N_("percent"), MINUTES: N_("minutes"), GIB: N_("GiB")}


def show_rules(actor: Actor) -> None:
    choices = read_choices(context().databases, actor)
    if _key("is_filled") not in st.session_state:
        st.session_state[_key("is_filled")] = True
        st.session_state[SEEN] = choices.updated_at
    frame.show(html.card_title(_("Rules")))
    with st.form(_key("alerts_form"), enter_to_submit=False, border=False):
        rules = _rules(choices)
        policy = _hours(choices.policy)
        if st.form_submit_button(
            _("Save"), key="save_alerts", type="primary", icon=":material/save:"
        ):
            _save(actor, rules, policy)
    _show_outcome()
    _show_last_change(choices)


def _rules(choices: Choices) -> dict[Key, tuple[bool, str]]:
    given: dict[Key, tuple[bool, str]] = {}
    for kind in KINDS.values():
        setting = choices.rules[kind.name, ALL]
        with st.container(horizontal=True, vertical_alignment="center", key=f"rule_{kind.name}"):
            enabled = st.toggle(
                rule_word(kind.name),
                value=setting.enabled,
                key=_key(f"on_{kind.name}"),
                help=rule_meaning(kind.name),
                width="stretch",
            )
            text = _threshold(kind, setting) if kind.threshold is not None else ""
        given[kind.name, ALL] = (enabled, text)
        if kind.per_source:
            given |= _of_sources(choices, kind, enabled)
    return given


def _of_sources(choices: Choices, kind: Kind, enabled: bool) -> dict[Key, tuple[bool, str]]:
    """A threshold of a source's own; one that is left empty is like all."""
    given: dict[Key, tuple[bool, str]] = {}
    with st.container(horizontal=True, key=f"sources_{kind.name}"):
        for source in choices.sources:
            own = choices.rules.get((kind.name, source))
            text = st.text_input(
                _("{source}, {unit}").format(
                    source=words.source_title(source), unit=_(UNITS[kind.unit])
                ),
                value=_plain(own.threshold) if own else "",
                key=_key(f"{kind.name}_{source}"),
                placeholder=_("as for all"),
                autocomplete="off",
                max_chars=10,
            )
            if text:
                given[kind.name, source] = (enabled, text)
    return given


def _threshold(kind: Kind, setting: Setting) -> str:
    return st.text_input(
        _("{rule}, {unit}").format(rule=rule_word(kind.name), unit=_(UNITS[kind.unit])),
        value=_plain(setting.threshold),
        key=_key(f"limit_{kind.name}"),
        max_chars=10,
        autocomplete="off",
        width=220,
    )


def _hours(policy: Policy) -> dict[str, object]:
    frame.show(html.card_title(_("When alerts go out")))
    st.caption(_("Times are those of Tehran, such as 22:00. What is empty does not hold."))
    first, second, third, fourth = st.columns(4)
    quiet_from = _clock(first, _("Quiet from"), "quiet_from", policy.quiet_from)
    quiet_to = _clock(second, _("Quiet until"), "quiet_to", policy.quiet_to)
    digest_at = _clock(third, _("Daily digest at"), "digest_at", policy.digest_at)
    per_hour = _clock(fourth, _("Messages an hour"), "per_hour", str(policy.per_hour))
    failed = st.checkbox(
        _("Tell failures in quiet hours, too"),
        value=policy.failed_in_quiet,
        key=_key("failed_in_quiet"),
    )
    st.caption(
        _(
            "With a digest, what is no error is gathered and sent once a day. More messages than "
            "may be sent in an hour become one."
        )
    )
    return {
        "quiet_from": quiet_from,
        "quiet_to": quiet_to,
        "digest_at": digest_at,
        "per_hour": per_hour,
        "failed_in_quiet": failed,
    }


def _clock(place: st.delta_generator.DeltaGenerator, label: str, name: str, value: str) -> str:
    given = place.text_input(label, value=value, key=_key(name), max_chars=5, autocomplete="off")
    return ascii_digits(given or "").strip()


def _save(actor: Actor, rules: Mapping[Key, tuple[bool, str]], hours: Mapping[str, object]) -> None:
    try:
        given = {key: _setting(key, *value) for key, value in rules.items()}
        policy = Policy(**{**hours, "per_hour": _whole(str(hours["per_hour"]))})  # type: ignore[arg-type]
        seen: datetime | None = st.session_state.get(SEEN)
        save_choices(context().databases, actor, given, policy, expected_updated_at=seen)
    except ChoicesStale:
        newest = read_choices(context().databases, actor)
        told = _("{who} saved the alerts after you opened them. Here is what they saved.")
        _begin_anew("refused", told.format(who=html.in_markdown(newest.updated_by)))
    except WrongNumber as wrong:
        st.session_state[OUTCOME] = ("refused", str(wrong))
    except ConfigError:
        told = _("Give times such as 22:00, both for quiet hours, and 1 to {most} an hour.")
        st.session_state[OUTCOME] = ("refused", told.format(most=f"{MOST_AN_HOUR:,}"))
    else:
        _begin_anew("saved", _("Saved."))


class WrongNumber(Exception):
    """A threshold that is none, in words for the person."""


def _setting(key: Key, enabled: bool, text: str) -> Setting:
    kind = KINDS[key[0]]
    if kind.threshold is None:
        return Setting(enabled, None)
    try:
        value = float(ascii_digits(text).strip().replace("٫", "."))
    except ValueError:
        value = kind.low - 1
    if kind.low <= value <= kind.high:
        return Setting(enabled, value)
    told = _("{rule}: give {low} to {high} {unit}. Nothing was saved.")
    raise WrongNumber(
        told.format(
            rule=rule_word(kind.name),
            low=_plain(kind.low),
            high=_plain(kind.high),
            unit=_(UNITS[kind.unit]),
        )
    )


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:.10g}"


def _show_outcome() -> None:
    kind, told = st.session_state.pop(OUTCOME, (None, ""))
    if kind == "saved":
        st.success(told, icon=":material/check_circle:")
    elif kind == "refused":
        st.error(told, icon=":material/error:")


def _show_last_change(choices: Choices) -> None:
    if choices.updated_at is None:
        return
    told = html.text(_("Last changed here by {who}, {time}")).format(
        who=html.own_direction(choices.updated_by),
        time=html.text(jalali.full_time(choices.updated_at)),
    )
    frame.show(f'<div class="hg-meta">{told}</div>')


def _begin_anew(kind: str, told: str) -> None:
    """New keys make new fields, filled from the newest version."""
    rounds.begin_anew(ROUND)
    st.session_state[OUTCOME] = (kind, told)
    st.rerun()


def _key(name: str) -> str:
    return rounds.key(f"alerts_{name}", ROUND)
