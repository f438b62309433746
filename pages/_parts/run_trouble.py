"""Why a run failed, for who opens it at night: whose move it is, what to press, and the button."""

from collections.abc import Sequence

import streamlit as st

from pages._parts import frame, html, retry
from pages._parts.explain import AT_HOME, SETTINGS, cures, explain, where_to_look, whose_move
from pages._parts.links import page_file
from sync_core.access.permissions import CONFIGURE, RUN, Actor, allows
from sync_core.base.i18n import N_, _
from sync_core.inspect.history import RunDetail
from sync_core.inspect.views import RunView, UnitView

MAY_LOOK = N_("Your role may look, but not start or stop a sync.")


def show_trouble(actor: Actor, detail: RunDetail) -> None:
    run = detail.run
    pressed = cures(run.error_class, detail.refused_kinds)
    frame.show(_trouble(run, _what_to_press(actor, pressed)))
    with st.container(horizontal=True, key="run_cure"):
        if SETTINGS in pressed and allows(actor, CONFIGURE):
            _show_settings_button()
        retry.actions(actor, detail)
    if run.error_class != "cancelled":
        at_home = run.error_class in AT_HOME
        title = _("A note for the IT team") if at_home else _("A note for the gateway's team")
        with st.expander(title, key="run_note"):
            st.code(note(detail), language=None, wrap_lines=True)


def _show_settings_button() -> None:
    if st.button(_(SETTINGS), key="cure_settings", icon=":material/settings:", type="primary"):
        st.switch_page(page_file("settings"))


def _what_to_press(actor: Actor, names: Sequence[str]) -> str:
    """Names of buttons that are there for this person, or who has them."""
    if not allows(actor, RUN):
        return html.text(_(MAY_LOOK))
    if SETTINGS in names and not allows(actor, CONFIGURE):
        first = _("An administrator changes the settings; after that, “{button}”.")
        return html.text(first.format(button=_(names[-1])))
    quoted = [_("“{button}”").format(button=_(name)) for name in names]
    return html.text(_(", then ").join(quoted))


def _trouble(run: RunView, what_to_press: str) -> str:
    told = explain(run.error_class)
    rows = (
        (_("What happened"), html.text(told.what)),
        (_("Whose move it is"), html.text(whose_move(run.error_class))),
        (_("What to do"), html.text(told.todo)),
        (_("Where to look"), html.text(where_to_look(run.error_class))),
        (_("What to press"), what_to_press),
    )
    listed = "".join(
        f"<div><dt>{html.text(name)}</dt><dd>{value}</dd></div>" for name, value in rows if value
    )
    raw = f'<span class="hg-raw">{html.text(run.error_message)}</span>' if run.error_message else ""
    return f'<div class="hg-error hg-failed"><dl class="hg-trouble">{listed}</dl>{raw}</div>'


def note(detail: RunDetail) -> str:
    """Plain English, without an account and without anybody's data; to be copied."""
    run, settings = detail.run, detail.settings
    failed = [unit for unit in detail.units if unit.is_failed]
    lines = [
        f"Hamgam, run {run.id} of {run.source}",
        f"Begun (UTC):  {_utc(run)}",
        f"Gateway:      {settings.get('gateway_url') or 'unknown'}",
        f"What failed:  {run.error_class}: {run.error_message or ''}",
        f"Parts:        {run.units_done} done, {run.units_failed} failed of {run.units_total or 0}",
    ]
    lines += map(_failed, failed[:10])
    if len(failed) > 10:
        lines.append(f"  and {len(failed) - 10} more")
    return "\n".join(lines)


def _failed(unit: UnitView) -> str:
    at = f"{unit.finished_at:%H:%M:%S}" if unit.finished_at else ""
    return f"  {at} {unit.unit}: {unit.error_class}: {unit.error_message}"


def _utc(run: RunView) -> str:
    begun = f"{run.started_at or run.created_at:%Y-%m-%d %H:%M:%S}"
    return f"{begun} to {run.finished_at:%H:%M:%S}" if run.finished_at else begun
