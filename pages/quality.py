"""Are the data themselves right? Each source against its rules: now, and run by run."""

import streamlit as st

from pages._parts import frame, html, words
from pages._parts.context import context
from pages._parts.links import page_file, run_address
from pages._parts.quality_table import rules_table
from pages._session import current_actor
from sync_core.access.permissions import Actor
from sync_core.base.i18n import _, ngettext
from sync_core.engine.source import Source
from sync_core.inspect.quality import Quality, read_quality


def main() -> None:
    actor, here = current_actor(), context()
    frame.begin(
        _("Data quality"),
        _("What the gateway sent, held against rules after each run. Nothing is changed here."),
    )
    for source in here.sources.values():
        _show_source(actor, source)


def _show_source(actor: Actor, source: Source) -> None:
    title = words.source_title(source.name)
    quality = read_quality(context().databases, actor, source)
    frame.heading(title)
    if quality.run_id is None:
        _show_nothing_yet(quality)
        return
    frame.show(_meta(quality))
    frame.show(rules_table(quality, _("Data quality: {source}").format(source=title)))


def _show_nothing_yet(quality: Quality) -> None:
    if quality.waits:
        told, todo = _("The last run is being counted."), _("Reload the page in a minute.")
    else:
        told = _("Nothing has been counted yet.")
        todo = _("The rules are counted after the first successful sync.")
    frame.empty("rule", told, todo)
    st.page_link(page_file("overview"), label=_("To the overview"), icon=":material/sync:")


def _meta(quality: Quality) -> str:
    """Which run the counts are of, and how many rules need a look."""
    after = html.text(_("Counted after"))
    run = html.text(_("Run {id}").format(id=quality.run_id))
    link = f'<a href="{run_address(quality.run_id or 0)}" target="_self">{run}</a>'
    flagged = sum(state.count > 0 for state in quality.rules)
    told = ngettext("{n} rule needs a look", "{n} rules need a look", flagged).format(n=flagged)
    if not flagged:
        told = _("Every rule is kept")
    parts = [f"{after} {link}", html.moment(quality.at), html.text(told)]
    if quality.waits:
        parts.append(html.text(_("A newer run has ended and is being counted")))
    spans = "".join(f"<span>{part}</span>" for part in parts)
    return f'<div class="hg-meta">{spans}</div>'


main()
