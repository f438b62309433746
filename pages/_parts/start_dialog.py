"""The question before a sync: how much of it, how long it took last time, what it will do."""

import streamlit as st

from pages._parts import words
from pages._parts.context import context
from pages._parts.dialogs import attempt
from pages._parts.fragments import ask
from sync_core.access.permissions import Actor
from sync_core.base import jalali
from sync_core.base.errors import ConfigError, NothingToDo
from sync_core.base.i18n import _
from sync_core.engine.source import Choice, Source
from sync_core.inspect.overview import Card
from sync_core.inspect.planned import Parts, count_planned, planned_parts
from sync_core.runs.start import start_run

FULL, RECENT, FAILED, CHOSEN = "full", "recent", "failed", "chosen"


def ask_to_start(card: Card) -> None:
    title = _("Sync {source}").format(source=words.source_title(card.source))
    ask(title, "sync", _start, card)


def _start(actor: Actor, card: Card) -> None:
    here = context()
    source = here.sources[card.source]
    choice = _choose(planned_parts(here.effective, here.databases, actor, source))
    fits = _say_what_will_run(actor, source, choice)
    st.markdown(_how_long(card))
    st.caption(_what_it_does(choice))
    if st.button(
        _("Start now"),
        type="primary",
        key="dialog_start",
        icon=":material/play_arrow:",
        disabled=not fits,
    ):
        attempt(
            actor,
            lambda: start_run(
                here.settings, here.databases, card.source, actor=actor, choice=choice
            ),
        )


def _choose(parts: Parts) -> Choice:
    """A source that is read as a whole leaves nothing to choose."""
    if not parts.terms:
        return Choice()
    mode = st.radio(
        _("How much"),
        [FULL, RECENT, FAILED, CHOSEN],
        format_func=words.mode_word,
        key="start_mode",
        horizontal=True,
    )
    if mode != CHOSEN:
        return Choice(mode or FULL)
    campuses = st.multiselect(
        _("Campuses"),
        list(parts.campuses),
        format_func=lambda code: parts.campuses[code],
        key="start_campuses",
        placeholder=_("All"),
    )
    terms = st.multiselect(_("Terms"), parts.terms, key="start_terms", placeholder=_("All"))
    return Choice(campuses=tuple(campuses), terms=tuple(terms))


def _say_what_will_run(actor: Actor, source: Source, choice: Choice) -> bool:
    """Whether there is anything to run. Where that cannot be told, starting it tells why."""
    here = context()
    try:
        count = count_planned(here.effective, here.databases, actor, source, choice)
    except NothingToDo:
        st.info(_("Nothing is open: the last outcome of every part is success."))
        return False
    except ConfigError:
        return True
    if choice == Choice():
        words_ = _("Everything is fetched: all {n} parts of the plan.")
        st.markdown(words_.format(n=f"{count:,}") if count > 1 else _("Everything is fetched."))
    else:
        st.markdown(_("{n} parts are fetched.").format(n=f"{count:,}"))
    return True


def _how_long(card: Card) -> str:
    last = card.last_success
    if last is None or last.duration_s is None:
        return _("There is no full sync yet to say how long it takes.")
    return _("The last full sync took {time}.").format(time=jalali.duration(last.duration_s))


def _what_it_does(choice: Choice) -> str:
    if choice == Choice():
        return _(
            "New people are added and changed ones updated. People who are no longer reported "
            "are marked; nobody is deleted. A part that fails leaves its rows as they are."
        )
    return _(
        "New people are added and changed ones updated. Nobody is marked as no longer reported: "
        "only a sync of everything can say so."
    )
