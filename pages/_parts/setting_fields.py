"""Fields of stored settings, and how a section is saved. What the environment sets is shown only.

Fields are texts: Persian digits may be typed, and a value that is wrong is told, not bent.
"""

from collections.abc import Mapping
from datetime import datetime

import streamlit as st

from pages._parts import frame, html, rounds, setting_words
from pages._parts.context import context
from sync_core.access.permissions import Actor
from sync_core.base import jalali
from sync_core.base.i18n import N_, _
from sync_core.base.settable import SETTABLE, TERMS
from sync_core.ops.stored import (
    FIXED,
    STALE,
    Section,
    SettingRefused,
    SettingView,
    read_section,
    save_section,
)

SAVED = N_("Saved. It holds from the next run on.")
LONGEST = 500


def begin(actor: Actor, section: str) -> Section:
    """As it is now. The version that this visit's fields are filled from is remembered."""
    here = context()
    view = read_section(here.settings, here.databases, actor, section)
    if f"settings_filled_{section}" not in st.session_state:
        st.session_state[f"settings_filled_{section}"] = True
        st.session_state[_seen(section)] = view.updated_at
    return view


def key(section: str, name: str) -> str:
    return rounds.key(name, _round(section))


def text_field(section: str, view: SettingView) -> str:
    """What somebody typed; with its meaning and bounds below."""
    one = view.setting
    given = st.text_input(
        setting_words.label(one),
        value=shown(view),
        key=key(section, one.key),
        max_chars=LONGEST,
        autocomplete="off",
        disabled=view.is_fixed,
    )
    st.caption(" ".join(filter(None, (setting_words.meaning(one), _below(view)))))
    return given or ""


def shown(view: SettingView) -> str:
    if isinstance(view.value, tuple):
        return ",".join(view.value)
    return "" if view.value is None else f"{view.value:.10g}"


def save(actor: Actor, section: str, given: Mapping[str, str], told: str = SAVED) -> None:
    """What the environment sets is left out. Afterwards the page is made anew, or says why not."""
    here = context()
    ours = {name: text for name, text in given.items() if name not in here.settings.given}
    seen: datetime | None = st.session_state.get(_seen(section))
    try:
        save_section(here.settings, here.databases, actor, section, ours, expected_updated_at=seen)
    except SettingRefused as refused:
        _refuse(actor, section, refused)
    else:
        _begin_anew(section, "saved", _(told))


def reset(actor: Actor, section: str) -> None:
    names = [one.key for one in SETTABLE if one.section == section]
    save(actor, section, dict.fromkeys(names, ""), N_("Saved: the defaults hold again."))


def show_outcome(section: str) -> None:
    kind, sentence = st.session_state.pop(_outcome(section), (None, ""))
    if kind == "saved":
        st.success(sentence, icon=":material/check_circle:")
    elif kind == "refused":
        st.error(sentence, icon=":material/error:")


def show_last_change(view: Section) -> None:
    if view.updated_at is None:
        return
    told = html.text(_("Last changed here by {who}, {time}")).format(
        who=html.own_direction(view.updated_by),
        time=html.text(jalali.full_time(view.updated_at)),
    )
    frame.show(f'<div class="hg-meta">{told}</div>')


def show_troubles(view: Section) -> None:
    """What is stored and cannot be used keeps every sync from starting."""
    for one in view.settings:
        if one.trouble:
            words = _("What is stored for “{name}” cannot be used, and no sync can start: save it.")
            name = html.in_markdown(_(setting_words.LABELS[one.setting.key]))
            st.error(words.format(name=name), icon=":material/error:")


def _below(view: SettingView) -> str:
    if view.is_fixed:
        words = _("Set as {variable} in the environment or in .env; it can only be changed there.")
        return words.format(variable=f"`{view.setting.variable}`")
    return setting_words.bounds(view.setting)


def _refuse(actor: Actor, section: str, refused: SettingRefused) -> None:
    """What was typed stays, unless somebody was faster."""
    if refused.reason != STALE:
        st.session_state[_outcome(section)] = ("refused", _wrong(refused))
        return
    here = context()
    newest = read_section(here.settings, here.databases, actor, section)
    told = _("{who} saved these settings after you opened them. Here is what they saved.")
    _begin_anew(section, "refused", told.format(who=html.in_markdown(newest.updated_by)))


def _wrong(refused: SettingRefused) -> str:
    one = next(one for one in SETTABLE if one.key == refused.key)
    name = html.in_markdown(_(setting_words.LABELS[one.key]))
    if refused.reason == FIXED:
        told = _("{name}: the environment or .env sets this meanwhile. Nothing was saved.")
        return told.format(name=name)
    if one.kind == TERMS:
        told = _("{name}: four digits each, the last of them 1, 2 or 3. Nothing was saved.")
        return told.format(name=name)
    told = _("{name}: give {bounds}. Nothing was saved.")
    return told.format(name=name, bounds=setting_words.bounds(one))


def _begin_anew(section: str, kind: str, sentence: str) -> None:
    """New keys make new fields, filled from the newest version."""
    rounds.begin_anew(_round(section))
    st.session_state[_outcome(section)] = (kind, sentence)
    st.session_state.pop(f"settings_filled_{section}", None)
    st.rerun()


def _round(section: str) -> str:
    return f"settings_round_{section}"


def _seen(section: str) -> str:
    return f"settings_seen_{section}"


def _outcome(section: str) -> str:
    return f"settings_outcome_{section}"
