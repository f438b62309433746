"""A run as it goes on: polled every two seconds, and only while it goes on."""

import streamlit as st

from pages import _session
from pages._parts import frame, html, words
from pages._parts.context import context
from sync_core.base import jalali
from sync_core.base.i18n import _
from sync_core.inspect.overview import Progress, read_progress
from sync_core.inspect.views import RunView

POLL_S = 2


@st.fragment(run_every=POLL_S)
def live(shown: RunView, usual_s: float | None) -> None:
    """When the run has begun or ended, the whole page is run once more and shows that."""
    _session.current_actor()
    progress = read_progress(context().databases, shown.id, usual_s)
    if progress is None or progress.run.status != shown.status:
        st.rerun()
    st.progress(_share(progress), text=_headline(progress))
    frame.show(_details(progress))


def _share(progress: Progress) -> float:
    run = progress.run
    if not run.units_total:
        return 0.0
    return min(1.0, (run.units_done + run.units_failed) / run.units_total)


def _headline(progress: Progress) -> str:
    run = progress.run
    if run.cancel_requested_at:
        return _("Stopping …")
    if run.units_total is None:
        return _("Preparing …")
    done = run.units_done + run.units_failed
    return _("{done} of {total} parts").format(done=f"{done:,}", total=f"{run.units_total:,}")


def _details(progress: Progress) -> str:
    run = progress.run
    parts = [_("{n} records").format(n=f"{run.fetched:,}")]
    if progress.rate:
        parts.append(_("{n} records a second").format(n=f"{progress.rate:,.0f}"))
    parts.append(_("{time} so far").format(time=jalali.duration(progress.elapsed_s)))
    if progress.remaining_s:
        parts.append(_("about {time} left").format(time=jalali.duration(progress.remaining_s)))
    if run.units_failed:
        parts.append(_("{n} parts failed").format(n=run.units_failed))
    parts.append(_place(progress))
    spans = "".join(f"<span>{html.text(part)}</span>" for part in parts if part)
    return f'<div class="hg-meta">{spans}</div>'


def _place(progress: Progress) -> str:
    if progress.term is None:
        return words.unit_word(progress.run.current_unit or "")
    if progress.campus_name:
        return _("term {term}, {name}").format(term=progress.term, name=progress.campus_name)
    return _("term {term}, campus {campus}").format(term=progress.term, campus=progress.campus)
