"""What one run changed in the data, and which records it rejected: the first of each, masked."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

import streamlit as st

from pages._parts import change_rows, frame, html, loaders, words
from pages._parts.context import context
from pages._parts.html import Heading
from pages._parts.links import changes_address
from sync_core.access.permissions import Actor
from sync_core.base.i18n import _
from sync_core.inspect.changes import changes_page
from sync_core.inspect.rejects import Reject, rejects_of_run
from sync_core.inspect.views import RunView

MOST_FIELDS = 40
LONGEST_VALUE = 80
"""Of a rejected record, which may be anything."""


def show_changes(actor: Actor, run: RunView) -> None:
    """How many of each kind, and the first of them; the rest is a page of its own."""
    here = context()
    source = here.sources.get(run.source)
    changes = loaders.changes_of_run(here, actor, source, run.id) if source else None
    if source is None or changes is None or not changes.total:
        _say_no_changes(run)
        return
    frame.show(change_rows.kinds(changes, {"run": str(run.id)}))
    page = changes_page(here.settings, here.databases, actor, source, changes, 1)
    _say_how_many(len(page.rows), page.total)
    frame.show(change_rows.table(source, page.rows, with_run=False))
    frame.show(
        html.button_link(
            html.text(changes_address({"run": str(run.id)})),
            "difference",
            _("All changes of this run"),
        )
    )


def show_rejects(actor: Actor, run: RunView) -> None:
    source = context().sources.get(run.source)
    page = rejects_of_run(context().databases, actor, source, run.id, 1) if source else None
    if page is None or not page.rows:
        _say_no_rejects(run)
        return
    _say_how_many(len(page.rows), page.total)
    frame.show(_rejects(page.rows))


def _say_no_changes(run: RunView) -> None:
    if run.counted:
        told = _("The source of this run does not tell what it changed.")
    elif run.inserted or run.updated or run.missing:
        told = _("The changes of this run are no longer kept.")
    else:
        told = _("This run changed nothing in the data.")
    frame.empty("difference", told, _after(run))


def _say_no_rejects(run: RunView) -> None:
    told = _("This run rejected no record.")
    if run.rejected:
        told = _("The rejected records of this run are no longer kept.")
    frame.empty("check_circle", told, _after(run))


def _after(run: RunView) -> str:
    return _("They appear here as they come.") if run.is_active else _("Nothing to do.")


def _say_how_many(shown: int, total: int) -> None:
    parts = [_("Personal columns are masked")]
    if total > shown:
        parts.insert(0, _("The first {shown} of {n}").format(shown=shown, n=f"{total:,}"))
    st.caption(" · ".join(parts))


def _rejects(rejects: Sequence[Reject]) -> str:
    headings = [
        Heading(_("Part")),
        Heading(_("Place"), "number", _("Which record of the part it is, as the gateway sent it.")),
        Heading(_("Reason"), "wide"),
        Heading(_("Record"), "wide"),
    ]
    return html.table(headings, map(_reject, rejects), _("Rejected records"))


def _reject(reject: Reject) -> list[str]:
    return [
        html.own_direction(words.unit_word(reject.unit)),
        html.number(reject.position + 1),
        f'<span class="hg-raw">{html.text(reject.reason)}</span>',
        f'<span class="hg-raw hg-record">{_record(reject.record)}</span>',
    ]


def _record(record: Mapping[str, Any]) -> str:
    """Fields that hold something, by the names that the gateway gives them."""
    held = ((name, value) for name, value in record.items() if value is not None and value != "")
    shown = [
        f"{html.text(name)}: {html.own_direction(str(value)[:LONGEST_VALUE])}"
        for name, value in islice(held, MOST_FIELDS)
    ]
    return " · ".join(shown) or html.NOTHING
