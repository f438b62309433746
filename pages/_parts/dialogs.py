"""The two questions before something long or final: start a sync, stop one."""

from collections.abc import Callable

import streamlit as st

from pages import _session
from pages._parts import html, words
from pages._parts.context import context
from pages._parts.explain import explain
from sync_core.base import jalali
from sync_core.base.errors import Busy, IllegalTransition, NothingToDo, SyncError
from sync_core.base.i18n import _
from sync_core.inspect.history import run_detail
from sync_core.inspect.overview import Card
from sync_core.runs.cancel import request_cancel
from sync_core.runs.start import start_run


def ask_to_start(card: Card) -> None:
    title = _("Sync {source}").format(source=words.source_title(card.source))
    st.dialog(title, icon=":material/sync:")(_start)(card)


def ask_to_stop(source: str, run_id: int) -> None:
    title = _("Stop the sync of {source}?").format(source=words.source_title(source))
    st.dialog(title, icon=":material/stop_circle:")(_stop)(run_id)


def _start(card: Card) -> None:
    st.markdown(_what_will_run(card))
    st.markdown(_how_long(card))
    st.caption(
        _(
            "New people are added and changed ones updated. People who are no longer reported "
            "are marked; nobody is deleted. A part that fails leaves its rows as they are."
        )
    )
    if st.button(_("Start now"), type="primary", key="dialog_start", icon=":material/play_arrow:"):
        _try_to_start(card.source)


def _what_will_run(card: Card) -> str:
    if card.units > 1:
        return _("Everything is fetched: all {n} parts of the plan.").format(n=f"{card.units:,}")
    return _("Everything is fetched: the whole plan.")


def _how_long(card: Card) -> str:
    last = card.last_success
    if last is None or last.duration_s is None:
        return _("There is no full sync yet to say how long it takes.")
    return _("Last time it took {time}.").format(time=jalali.duration(last.duration_s))


def _try_to_start(source: str) -> None:
    here, actor = context(), _session.current_actor()
    attempt(lambda: start_run(here.settings, here.databases, source, actor=actor))


def attempt(start: Callable[[], object]) -> None:
    """Starts something and shows the page anew; or says here why it cannot be started."""
    try:
        start()
    except NothingToDo:
        st.info(_("Nothing is open any more: every part was synced meanwhile."))
    except Busy as busy:
        st.warning(_busy(busy.run_id), icon=":material/hourglass_top:")
    except SyncError as error:
        _refused(error)
    else:
        st.rerun()


def _busy(run_id: int) -> str:
    run = run_detail(context().databases, run_id).run
    return _("Run {id}, started by {who} at {time}, is going on. Wait for it, or stop it.").format(
        id=run_id,
        who=html.in_markdown(words.person(run.requested_by)),
        time=jalali.full_time(run.created_at),
    )


def _refused(error: SyncError) -> None:
    told = explain(error.code)
    st.error(f"{told.what} {told.todo}", icon=":material/error:")
    st.code(str(error), language=None, wrap_lines=True)


def _stop(run_id: int) -> None:
    st.markdown(
        _(
            "The parts that are done stay. The others keep their old rows, and the run ends as "
            "failed with the reason “stopped”. Nothing is lost; you can sync again at any time."
        )
    )
    if st.button(_("Stop it"), type="primary", key="dialog_stop", icon=":material/stop:"):
        _try_to_stop(run_id)


def _try_to_stop(run_id: int) -> None:
    try:
        request_cancel(context().databases, _session.current_actor(), run_id)
    except IllegalTransition:
        st.rerun()  # it has ended by itself: the page shows how
    except SyncError as error:
        _refused(error)
    else:
        st.rerun()
