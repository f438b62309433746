"""Changes of people, as HTML: how many of each kind and column, and one by one, masked."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from pages._parts import columns, html
from pages._parts.html import Heading
from pages._parts.links import changes_address, person_address, run_address
from sync_core.base.i18n import N_, _
from sync_core.engine.source import Source
from sync_core.inspect.changes import BACK, CHANGED, MISSING, NEW, Change, Changes

Address = Mapping[str, str | None]
"""Of the changes as a page: what its filters are there."""

KINDS = {
    NEW: N_("New"),
    CHANGED: N_("Changed values"),
    MISSING: N_("No longer reported"),
    BACK: N_("Reported again"),
}
MEANINGS = {
    NEW: N_("People who had no row before."),
    CHANGED: N_("Single values; one person may have several."),
    MISSING: N_("People the gateway no longer reports; their rows are kept."),
    BACK: N_("People who were no longer reported, and are now."),
}


def kind_word(kind: str) -> str:
    return _(KINDS.get(kind, kind))


def kinds(changes: Changes, address: Address) -> str:
    """Each kind with its count, and a link to those."""
    counts = changes.by_kind()
    shown = "".join(_kind(kind, count, address) for kind, count in counts.items())
    return f'<dl class="hg-counts hg-kinds">{shown}</dl>'


def by_column(changes: Changes, address: Address) -> str:
    """The column that changed most first; each links to its changes."""
    counts = changes.by_column()
    most = max(counts.values(), default=0)
    headings = [Heading(_("Column")), Heading(_("Changed values"))]
    rows = (
        [
            _link(columns.heading(name), {**address, "column": name, "kind": CHANGED}),
            _share(count, most),
        ]
        for name, count in counts.items()
    )
    return html.table(headings, rows, _("Changes by column"))


def table(source: Source, changes: Sequence[Change], *, with_run: bool = True) -> str:
    headings = [
        Heading(columns.heading(source.key)),
        Heading(_("Name")),
        Heading(_("Column")),
        Heading(_("Before"), "wide"),
        Heading(_("After"), "wide"),
    ]
    if with_run:
        headings += [Heading(_("Run")), Heading(_("Time"))]
    rows = (_row(source, change, with_run=with_run) for change in changes)
    return html.table(headings, rows, _("Changes in the data"))


def _kind(kind: str, count: int, address: Address) -> str:
    meaning, word = html.text(_(MEANINGS[kind])), html.text(kind_word(kind))
    figure = html.number(count)
    if count:
        target = html.text(changes_address({**address, "kind": kind}))
        figure = f'<a href="{target}" target="_self" aria-label="{word}">{figure}</a>'
    return f'<div title="{meaning}"><dt>{word}</dt><dd>{figure}</dd></div>'


def _link(label: str, address: Address) -> str:
    return f'<a href="{html.text(changes_address(address))}" target="_self">{html.text(label)}</a>'


def _share(count: int, most: int) -> str:
    width = round(100 * count / most)
    bar = f'<span class="hg-share hg-running"><i style="width:{width}%"></i></span>'
    return f"{bar} {html.number(count)}"


def _row(source: Source, change: Change, *, with_run: bool) -> list[str]:
    cells = [
        _person(source, change),
        columns.cell(columns.full_name(change.names)),
        html.text(_("New") if change.column is None else columns.heading(change.column)),
        side(change.column, change.old),
        side(change.column, change.new),
    ]
    if with_run:
        run = f'<a href="{run_address(change.run_id)}" target="_self">{html.ltr(change.run_id)}</a>'
        cells += [run, html.moment(change.at)]
    return cells


def _person(source: Source, change: Change) -> str:
    address = html.text(person_address(source.name, change.ref))
    title = html.text(_("Everything about this person"))
    shown = columns.cell(change.key)
    return f'<a href="{address}" target="_self" title="{title}">{shown}</a>'


def side(column: str | None, value: object) -> str:
    """Of what is ours, when somebody was last reported; else the value, as far as it is open."""
    if column is None:
        return html.NOTHING
    if column != "missing_since":
        return columns.cell(value)
    since = None
    with suppress(ValueError):
        since = datetime.fromisoformat(str(value)) if value else None
    return columns.reported(since)
