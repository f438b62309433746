"""One run in full: how it went, its counts, its units, the end of its log."""

from collections.abc import Iterator

import streamlit as st

from pages._parts import frame, html, progress, retry, tables, words
from pages._parts.context import context
from sync_core.base.errors import UnknownRun
from sync_core.base.i18n import _
from sync_core.inspect.history import RunDetail, log_tail, run_detail
from sync_core.inspect.views import RunView
from sync_core.runs.log import log_path

LOG_HEIGHT = 320


def show_run(run_id: int) -> None:
    try:
        detail = run_detail(context().databases, run_id)
    except UnknownRun:
        st.warning(_("There is no run with that number."), icon=":material/search_off:")
        return
    with st.container(border=True, key="run_panel"):
        _show_head(detail.run)
        if detail.run.is_active:
            progress.live(detail.run, None)
        else:
            frame.show(_counts(detail.run))
            if detail.run.is_failed:
                retry.actions(detail)
        _show_units(detail)
        _show_log(run_id)


def _show_head(run: RunView) -> None:
    title = _("Run {id}: {source}").format(id=run.id, source=words.source_title(run.source))
    parts = [
        words.trigger_word(run.trigger),
        html.own_direction(words.person(run.requested_by)),
        html.text(words.mode_word(run.mode)),
        html.moment(run.started_at or run.created_at),
    ]
    if run.duration_s is not None:
        parts.append(html.length(run.duration_s))
    meta = "".join(f"<span>{part}</span>" for part in parts)
    problem = html.problem(run) if run.is_failed else ""
    with st.container(horizontal=True, horizontal_alignment="distribute", key="run_head"):
        frame.show(
            f'<div class="hg-card-head" style="justify-content:flex-start">'
            f'<span class="hg-card-title">{html.text(title)}</span>{html.badge(run.status)}</div>'
            f'<div class="hg-meta">{meta}</div>'
        )
        st.button(_("Close"), key="close_run", icon=":material/close:", on_click=_close)
    if problem:
        frame.show(problem)


def _close() -> None:
    st.query_params.pop("id", None)


def _counts(run: RunView) -> str:
    """Every count with its meaning on hover."""
    shown = "".join(
        f'<div title="{html.text(_(words.COUNT_MEANINGS[name]))}"><dt>{html.text(_(word))}</dt>'
        f"<dd>{html.number(getattr(run, name))}</dd></div>"
        for name, word in words.COUNTS.items()
    )
    return f'<dl class="hg-counts">{shown}</dl>'


def _show_units(detail: RunDetail) -> None:
    if not detail.units:
        return
    run = detail.run
    label = _("Parts: {done} done, {failed} failed").format(
        done=f"{run.units_done:,}", failed=f"{run.units_failed:,}"
    )
    with st.expander(label, expanded=bool(run.units_failed), key="run_units"):
        for remark in _remarks(run):
            st.caption(remark)
        frame.show(tables.units(detail.units))


def _remarks(run: RunView) -> Iterator[str]:
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


def _show_log(run_id: int) -> None:
    tail = log_tail(log_path(context().settings, run_id))
    with st.expander(_("End of the log"), key="run_log"):
        if tail:
            st.code(tail, language=None, height=LOG_HEIGHT)
        else:
            st.caption(_("This run has no log, or it is no longer kept."))
