"""A run as it goes on: polled every two seconds, and only while it goes on."""

import streamlit as st

from pages._parts import frame, html, words
from pages._parts.context import context
from pages._parts.fragments import polled
from pages._session import rerun_by_itself
from sync_core.access.permissions import Actor
from sync_core.base import jalali
from sync_core.base.i18n import _
from sync_core.inspect.overview import Progress, read_progress
from sync_core.inspect.views import RunView
from sync_core.store.control import PENDING

POLL_S = 2


@polled(POLL_S)
def live(actor: Actor, shown: RunView, usual_s: float | None, steps: int = 1) -> None:
    """When the run has begun or ended, the whole page is run once more and shows that; and at each
    of so many `steps` on its way."""
    progress = read_progress(context().databases, actor, shown.id, usual_s)
    if progress is None or _stage(progress.run, steps) != _stage(shown, steps):
        rerun_by_itself()
    st.progress(_share(progress.run), text=_headline(progress))
    frame.show(_details(progress))
    frame.show(_spoken(progress))


def _stage(run: RunView, steps: int) -> tuple[str, int]:
    return run.status, int(steps * _share(run))


def _share(run: RunView) -> float:
    if not run.units_total:
        return 0.0
    return min(1.0, (run.units_done + run.units_failed) / run.units_total)


def _headline(progress: Progress) -> str:
    run = progress.run
    if run.cancel_requested_at:
        return _("Stopping …")
    if run.status == PENDING:
        return _("Waiting for its process to begin …")
    if run.units_total is None:
        return _("Preparing …")
    done = run.units_done + run.units_failed
    return _("{done} of {total} parts").format(done=f"{done:,}", total=f"{run.units_total:,}")


def _details(progress: Progress) -> str:
    run = progress.run
    parts = [] if run.status == PENDING else [_("{n} records").format(n=f"{run.fetched:,}")]
    if progress.rate:
        parts.append(_("{n} records a second").format(n=f"{progress.rate:,.0f}"))
    parts.append(_("{time} so far").format(time=jalali.duration(progress.elapsed_s)))
    if progress.remaining_s:
        parts.append(_("about {time} left").format(time=jalali.duration(progress.remaining_s)))
    if run.units_failed:
        parts.append(_("{n} parts failed").format(n=run.units_failed))
    shown = [*map(html.text, parts), _place(progress)]
    spans = "".join(f"<span>{part}</span>" for part in shown if part)
    return f'<div class="hg-meta">{spans}</div>'


def _spoken(progress: Progress) -> str:
    """For who cannot see the bar: told at each quarter, not every two seconds."""
    quarter = 25 * int(4 * _share(progress.run))
    told = html.text(_("{n} percent done").format(n=quarter))
    return f'<div class="hg-unseen hg-said" role="status">{told}</div>'


def _place(progress: Progress) -> str:
    """As HTML: names come from the tables, and from the source."""
    if progress.term is None:
        unit = progress.run.current_unit
        return html.own_direction(words.unit_word(unit)) if unit else ""
    term = html.ltr(progress.term)
    if progress.campus_name:
        name = html.own_direction(progress.campus_name)
        return html.text(_("term {term}, {name}")).format(term=term, name=name)
    campus = html.ltr(progress.campus)
    return html.text(_("term {term}, campus {campus}")).format(term=term, campus=campus)
