"""Who is new, what changed from what to what, who is gone: of one run, or of a period."""

import streamlit as st

from pages._parts import change_rows, columns, frame, html, loaders, words
from pages._parts.change_lists import show_changes
from pages._parts.context import context
from pages._parts.filters import say_unknown, url_choice, url_number, url_one
from pages._parts.links import changes_address, run_address
from pages._parts.period import period_filter
from pages._session import current_actor
from sync_core.access.permissions import Actor
from sync_core.base.clock import tehran_today
from sync_core.base.errors import UnknownRun
from sync_core.base.i18n import _
from sync_core.inspect.changes import KINDS, Changes
from sync_core.inspect.history import run_detail
from sync_core.inspect.views import RunView


def main() -> None:
    actor = current_actor()
    run = _run(actor)
    purpose = _("Who is new, what changed from what to what, and who is no longer reported.")
    frame.begin(_("Changes of run {id}").format(id=run.id) if run else _("Changes"), purpose)
    if run is not None:
        _show_run(actor, run)
    else:
        _show_period(actor)


def _run(actor: Actor) -> RunView | None:
    """The run that the address names; a notice where it names none that is there."""
    if "run" not in st.query_params:
        return None
    try:
        run = run_detail(context().databases, actor, url_number("run") or 0).run
        return run if run.source in context().sources else None
    except UnknownRun:
        st.info(_("There is no run with that number."), icon=":material/info:")
        return None


def _show_run(actor: Actor, run: RunView) -> None:
    source = context().sources[run.source]
    head = _link(run_address(run.id), _("To the run"))
    period = _link(changes_address({"source": source.name}), _("Changes of a period"))
    about = html.text(words.source_title(run.source)), html.moment(run.created_at), head, period
    frame.show(f'<div class="hg-meta">{"".join(f"<span>{part}</span>" for part in about)}</div>')
    changes = loaders.changes_of_run(context(), actor, source, run.id)
    with st.container(horizontal=True, key="filters"):
        shown = _filtered(changes)
    show_changes(actor, source, changes, shown, None, {"run": str(run.id)})


def _link(address: str, label: str) -> str:
    return f'<a href="{html.text(address)}" target="_self">{html.text(label)}</a>'


def _show_period(actor: Actor) -> None:
    here = context()
    st.query_params.pop("run", None)
    with st.container(horizontal=True, key="filters"):
        name = url_one(_("Source"), "source", list(here.sources), words.source_title)
        period = period_filter(tehran_today())
        source = here.sources[name]
        changes = loaders.changes_between(here, actor, source, period)
        shown = _filtered(changes)
    address = {key: st.query_params.get(key) for key in ("source", "period", "from", "to")}
    show_changes(actor, source, changes, shown, period, address)


def _filtered(changes: Changes) -> Changes:
    there = sorted(changes.by_column(), key=columns.heading)
    say_unknown("kind", KINDS)
    say_unknown("column", there)
    kind = url_choice(_("Kind"), "kind", KINDS, change_rows.kind_word)
    return changes.only(kind, url_choice(_("Column"), "column", there, columns.heading))


main()
