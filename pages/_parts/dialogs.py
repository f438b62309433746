"""The question before a run is stopped; and how a start that is refused is told."""

from collections.abc import Callable

import streamlit as st

from pages._parts import html, words
from pages._parts.context import context
from pages._parts.explain import explain
from pages._parts.fragments import ask
from sync_core.access.permissions import Actor
from sync_core.base import jalali
from sync_core.base.errors import Busy, IllegalTransition, NothingToDo, SyncError
from sync_core.base.i18n import _
from sync_core.inspect.history import run_detail
from sync_core.runs.cancel import request_cancel


def ask_to_stop(source: str, run_id: int) -> None:
    title = _("Stop the sync of {source}?").format(source=words.source_title(source))
    ask(title, "stop_circle", _stop, run_id)


def attempt(actor: Actor, start: Callable[[], object]) -> None:
    """Starts something and shows the page anew; or says here why it cannot be started."""
    try:
        start()
    except NothingToDo:
        st.info(_("Nothing is open any more: every part was synced meanwhile."))
    except Busy as busy:
        st.warning(_busy(actor, busy.run_id), icon=":material/hourglass_top:")
    except SyncError as error:
        _refused(error)
    else:
        st.rerun()


def _busy(actor: Actor, run_id: int) -> str:
    run = run_detail(context().databases, actor, run_id).run
    return _("Run {id}, started by {who} at {time}, is going on. Wait for it, or stop it.").format(
        id=run_id,
        who=html.in_markdown(words.person(run.requested_by)),
        time=jalali.full_time(run.created_at),
    )


def _refused(error: SyncError) -> None:
    told = explain(error.code)
    st.error(f"{told.what} {told.todo}", icon=":material/error:")
    st.code(str(error), language=None, wrap_lines=True)


def _stop(actor: Actor, run_id: int) -> None:
    st.markdown(
        _(
            "The parts that are done stay. The others keep their old rows, and the run ends as "
            "failed with the reason “stopped”. Nothing is lost; you can sync again at any time."
        )
    )
    if st.button(_("Stop it"), type="primary", key="dialog_stop", icon=":material/stop:"):
        _try_to_stop(actor, run_id)


def _try_to_stop(actor: Actor, run_id: int) -> None:
    try:
        request_cancel(context().databases, actor, run_id)
    except IllegalTransition:
        st.rerun()  # it has ended by itself: the page shows how
    except SyncError as error:
        _refused(error)
    else:
        st.rerun()
