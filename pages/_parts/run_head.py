"""The head of one run: who asked for what and when, how it goes on or went, what it counted."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import streamlit as st

from pages._parts import dialogs, frame, html, progress, run_trouble, words
from pages._parts.links import run_address
from pages._parts.run_trouble import MAY_LOOK
from sync_core.access.permissions import RUN, SCHEDULER, Actor, allows
from sync_core.base import jalali
from sync_core.base.i18n import _
from sync_core.inspect.history import RunDetail
from sync_core.inspect.views import RunView

MOST_NAMED = 12
"""Of the parts that somebody chose."""
REDRAWN = 20
"""Times that a run's page draws its parts while they come: they are too many for each poll."""


def show_head(actor: Actor, detail: RunDetail) -> None:
    run = detail.run
    frame.show(_head(run))
    if run.is_active:
        progress.live(run, None, REDRAWN)
        _show_stop(actor, run)
        return
    if run.is_failed:
        run_trouble.show_trouble(actor, detail)
    if not run.counted:
        frame.show(_counts(run))
    if remarks := list(_remarks(run)):
        frame.show(_list(remarks))


def _show_stop(actor: Actor, run: RunView) -> None:
    if st.button(
        _("Stop"),
        key="stop_run",
        icon=":material/stop_circle:",
        disabled=not allows(actor, RUN) or run.cancel_requested_at is not None,
        help=None if allows(actor, RUN) else _(MAY_LOOK),
    ):
        dialogs.ask_to_stop(run.source, run.id)


def _head(run: RunView) -> str:
    parts = [html.text(words.trigger_word(run.trigger))]
    if run.requested_by != SCHEDULER.name:
        parts.append(html.own_direction(words.person(run.requested_by)))
    mode = "chosen" if run.mode == "full" and _is_chosen(run) else run.mode
    parts += [html.text(words.mode_word(mode)), html.moment(run.started_at or run.created_at)]
    if run.duration_s is not None:
        parts.append(html.text(jalali.duration(run.duration_s)))
    meta = "".join(f"<span>{part}</span>" for part in parts)
    return (
        f'<div class="hg-run-head">{html.badge(run.status)}<div class="hg-meta">{meta}</div></div>'
    )


def _counts(run: RunView) -> str:
    """Every count with its meaning on hover."""
    shown = "".join(
        f'<div title="{html.text(_(words.COUNT_MEANINGS[name]))}"><dt>{html.text(_(word))}</dt>'
        f"<dd>{html.number(getattr(run, name))}</dd></div>"
        for name, word in words.COUNTS.items()
    )
    return f'<dl class="hg-counts">{shown}</dl>'


def _list(remarks: Iterable[str]) -> str:
    return f'<ul class="hg-remarks">{"".join(f"<li>{remark}</li>" for remark in remarks)}</ul>'


def _is_chosen(run: RunView) -> bool:
    return any(run.choice.get(name) for name in ("campuses", "terms", "units"))


def _remarks(run: RunView) -> Iterator[str]:
    """As HTML."""
    yield from _asked(run)
    yield from map(html.text, _found(run))


def _asked(run: RunView) -> Iterator[str]:
    yield from _chosen(run.choice)
    accepted = (run.choice.get("accepts") or {}).get("run_id")
    if accepted:
        told = html.text(_("It takes as right what was refused in:"))
        shown = html.text(_("Run {id}").format(id=accepted))
        yield f'{told} <a href="{html.text(run_address(accepted))}" target="_self">{shown}</a>'


def _chosen(choice: Mapping[str, Any]) -> Iterator[str]:
    """Where single parts were chosen, campuses and terms say less than their names."""
    if choice.get("units"):
        named, more = choice["units"][:MOST_NAMED], len(choice["units"]) - MOST_NAMED
        listed = ", ".join(named) + (f", … (+{more})" if more > 0 else "")
        label = html.text(_("Chosen parts"))
        yield f"{label}: {html.ltr(listed)}"
        return
    for name, label in (("campuses", _("Campuses")), ("terms", _("Terms"))):
        if choice.get(name):
            yield f"{html.text(label)}: {html.ltr(', '.join(choice[name]))}"


def _found(run: RunView) -> Iterator[str]:
    if run.counted:
        yield _("The source told no counts of its own: {n} rows were counted in the table.").format(
            n=f"{run.records or 0:,}"
        )
    if run.units_skipped:
        yield _("{n} parts were sent as before and were not read again.").format(
            n=f"{run.units_skipped:,}"
        )
    if run.left_out:
        yield _("{n} parts of the full plan were left out of this run.").format(
            n=f"{run.left_out:,}"
        )
    if run.drift is not None:
        yield _("Every row was compared; {n} had been changed here by somebody else.").format(
            n=f"{run.drift:,}"
        )
