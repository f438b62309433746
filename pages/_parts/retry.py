"""What a failed run leaves to do: run the rest again, also what was refused once it is accepted."""

from collections.abc import Callable, Sequence

import streamlit as st

from pages._parts import frame, html, words
from pages._parts.context import context
from pages._parts.dialogs import attempt
from pages._parts.fragments import ask
from sync_core.access.permissions import RUN, Actor, allows
from sync_core.base.i18n import _
from sync_core.engine.order import REJECTS, SHRINK
from sync_core.inspect.history import RunDetail
from sync_core.inspect.views import UnitView
from sync_core.runs.retry import LONGEST_REASON, Consent, retry_run

NO_CONSENT = Consent()
Show = Callable[[Actor, RunDetail], None]


def actions(actor: Actor, detail: RunDetail) -> None:
    """The buttons beneath the head of a failed run."""
    with st.container(horizontal=True, key="run_actions"):
        if _button(actor, _("Run again"), "retry", "replay"):
            _ask(detail, _show_retry)
        if detail.refused_kinds and _button(actor, _("Accept and run again"), "accept", "rule"):
            _ask(detail, _show_acceptance)


def _button(actor: Actor, label: str, key: str, icon: str) -> bool:
    may_run = allows(actor, RUN)
    why_not = None if may_run else _("Your role may look, but not start or stop a sync.")
    icon = f":material/{icon}:"
    return st.button(label, key=key, icon=icon, disabled=not may_run, help=why_not)


def _ask(detail: RunDetail, show: Show) -> None:
    title = _("Run {id}: {source}").format(
        id=detail.run.id, source=words.source_title(detail.run.source)
    )
    ask(title, "replay", show, detail)


def _show_retry(actor: Actor, detail: RunDetail) -> None:
    st.markdown(_("What is not successful yet is fetched again; what was synced stays as it is."))
    if st.button(_("Start now"), type="primary", key="dialog_retry", icon=":material/replay:"):
        _try(actor, detail.run.id, NO_CONSENT)


def _show_acceptance(actor: Actor, detail: RunDetail) -> None:
    if SHRINK in detail.refused_kinds:
        st.markdown(
            _(
                "Far fewer people came than before. If that is right, what comes now replaces "
                "what was there, and later syncs are compared with it. Nobody is deleted."
            )
        )
    if REJECTS in detail.refused_kinds:
        st.markdown(
            _("Many records had no valid key or a value of a wrong kind. They will stay out.")
        )
    if detail.run.refused_missing:
        st.markdown(
            _("{n} people will be marked as no longer reported.").format(
                n=f"{detail.run.refused_missing:,}"
            )
        )
    frame.show(_refused(detail.refused))
    reason = st.text_input(
        _("Why is it right?"), key="accept_reason", max_chars=LONGEST_REASON
    ).strip()
    st.caption(_("Your name and the reason are kept on record."))
    if not st.button(_("Accept and run again"), type="primary", key="dialog_accept"):
        return
    if reason:
        _try(actor, detail.run.id, Consent(detail.refused_kinds, reason))
    else:
        st.warning(_("Write the reason first."), icon=":material/edit:")


def _refused(units: Sequence[UnitView]) -> str:
    headings = [
        html.Heading(_("Part")),
        html.Heading(_("People before"), "number"),
        html.Heading(_("People that came"), "number"),
        html.Heading(_("Rejected"), "number"),
    ]
    rows = (
        [
            html.own_direction(words.unit_word(unit.unit)),
            html.number(unit.refused_before),
            html.number(unit.refused_people),
            html.number(unit.refused_rejects),
        ]
        for unit in units
    )
    return html.table(headings, rows, _("Parts that were not applied")) if units else ""


def _try(actor: Actor, run_id: int, consent: Consent) -> None:
    here = context()

    def again() -> None:
        run = retry_run(here.settings, here.databases, run_id, actor=actor, consent=consent)
        st.query_params["id"] = str(run.id)

    attempt(actor, again)
