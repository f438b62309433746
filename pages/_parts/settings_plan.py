"""Which terms the full plan has, from which year on, and how many parts that makes."""

import streamlit as st

from pages._parts import frame, html, setting_fields, words
from pages._parts.context import Context
from sync_core.access.permissions import Actor
from sync_core.base.errors import ConfigError
from sync_core.base.i18n import _, ngettext
from sync_core.base.settable import PLAN
from sync_core.ops.plan_preview import PlanView, read_plan

SHOWN = 12
"""Terms of a long plan that are named, at its newer end."""


def show_plan(here: Context, actor: Actor) -> None:
    view = setting_fields.begin(actor, PLAN)
    with st.container(border=True, key="plan_terms"):
        frame.show(html.card_title(_("Terms")))
        setting_fields.show_troubles(view)
        _show_terms(here, actor)
        with st.form("plan_form", enter_to_submit=False, border=False):
            year, terms = st.columns([1, 2], gap="medium")
            with year:
                first_year = setting_fields.text_field(PLAN, view["first_year"])
            with terms:
                given = setting_fields.text_field(PLAN, view["terms"])
            if st.form_submit_button(
                _("Save"), key="save_plan", type="primary", icon=":material/save:"
            ):
                setting_fields.save(actor, PLAN, {"first_year": first_year, "terms": given})
        setting_fields.show_outcome(PLAN)
        setting_fields.show_last_change(view)


def _show_terms(here: Context, actor: Actor) -> None:
    try:
        plan = read_plan(here.settings, here.databases, actor)
    except ConfigError as error:
        st.error(_("The plan cannot be made as the settings are."), icon=":material/error:")
        st.code(str(error), language=None, wrap_lines=True)
        return
    if not plan.terms:
        told = _("The plan is empty: no sync of the students can start.")
        st.warning(told, icon=":material/warning:")
        return
    if plan.leaves_out_current:
        told = _("The current term, {term}, is not in the plan: nobody who studies now is synced.")
        st.warning(told.format(term=plan.current), icon=":material/warning:")
    frame.show(
        f'<div class="hg-meta">{_sums(plan)}</div><div class="hg-chips">{_chips(plan)}</div>'
    )


def _sums(plan: PlanView) -> str:
    """HTML: campuses, terms, and the parts of each source that they make."""
    campuses = ngettext("{n} campus", "{n} campuses", plan.campuses).format(n=plan.campuses)
    terms = ngettext("{n} term", "{n} terms", len(plan.terms)).format(n=len(plan.terms))
    parts = [
        _("{source}: {n} parts").format(source=words.source_title(source), n=f"{count:,}")
        for source, count in plan.units.items()
    ]
    return "".join(f"<span>{html.text(told)}</span>" for told in (campuses, terms, *parts))


def _chips(plan: PlanView) -> str:
    shown = "".join(_chip(term, term == plan.current) for term in plan.terms[:SHOWN])
    more = len(plan.terms) - SHOWN
    if more <= 0:
        return shown
    told = _("and {n} older ones, back to {term}").format(n=more, term=plan.terms[-1])
    return f'{shown}<span class="hg-dim">{html.text(told)}</span>'


def _chip(term: str, current: bool) -> str:
    if not current:
        return f'<span class="hg-chip">{html.ltr(term)}</span>'
    now = html.text(_("current"))
    return f'<span class="hg-chip hg-running">{html.ltr(term)} {now}</span>'
