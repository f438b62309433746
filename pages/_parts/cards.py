"""A source's card, as HTML: the age of its data large, then what stands behind it."""

from datetime import datetime

from pages._parts import html, words
from pages._parts.links import run_address
from sync_core.base import jalali
from sync_core.base.i18n import _
from sync_core.inspect.overview import Card
from sync_core.inspect.views import RunView

LOWEST_BAR = 12
"""Per cent of the strip's height: the shortest run can still be seen and clicked."""


def card(one: Card, now: datetime) -> str:
    return "".join((_head(one), _age(one, now), _facts(one, now), _strip(one), _problem(one)))


def _head(one: Card) -> str:
    title = html.text(words.source_title(one.source))
    return (
        f'<div class="hg-card-head"><span class="hg-card-title">{title}</span>'
        f"{html.badge(one.status)}</div>"
    )


def _age(one: Card, now: datetime) -> str:
    if one.data_at is None:
        large, label, title = _("No data yet"), _("It has never been synced as a whole."), ""
    else:
        large, label = jalali.age(one.data_at, now), _("Age of the data")
        title = jalali.full_time(one.data_at)
    if one.data_at is not None and one.units_never:
        label = _("Age of the data; {n} parts have never been synced").format(n=one.units_never)
    return (
        f'<div class="hg-age" title="{html.text(title)}">{html.text(large)}</div>'
        f'<div class="hg-age-label">{html.text(label)}</div>'
    )


def _facts(one: Card, now: datetime) -> str:
    last = one.last_ended
    facts = (
        (_("Records"), _records(one)),
        (_("Last duration"), html.length(last.duration_s if last else None)),
        (_("Next run"), _next(one, now)),
    )
    rows = "".join(
        f"<div><dt>{html.text(name)}</dt><dd>{value}</dd></div>" for name, value in facts
    )
    return f'<dl class="hg-facts">{rows}</dl>'


def _records(one: Card) -> str:
    shown = html.number(one.records)
    if not one.change:
        return shown
    meaning = html.text(_("Against the full sync before"))
    figure = html.ltr(f"({one.change:+,})")
    return f'{shown} <span class="hg-change" title="{meaning}">{figure}</span>'


def _next(one: Card, now: datetime) -> str:
    if one.next_due_at is None:
        word = _("Not automatic")
        return f'<span class="hg-dim">{html.text(word)}</span>'
    word = _("Late") if one.late else jalali.until(one.next_due_at, now)
    return f'<span title="{html.text(jalali.full_time(one.next_due_at))}">{html.text(word)}</span>'


def _strip(one: Card) -> str:
    if not one.runs:
        return ""
    longest = max((run.duration_s or 0 for run in one.runs), default=0)
    bars = "".join(_bar(run, longest) for run in reversed(one.runs))
    label = html.text(_("Latest runs; the newest at the right"))
    return f'<div class="hg-strip-label">{label}</div><div class="hg-strip">{bars}</div>'


def _bar(run: RunView, longest: float) -> str:
    """Height is duration; a failed run is hatched and has a cross besides its colour."""
    share = (run.duration_s or 0) / longest if longest else 0
    height = LOWEST_BAR + share * (100 - LOWEST_BAR)
    mark = {"failed": "✕", "running": "…", "pending": "…"}.get(run.status, "")
    title = html.text(_run_title(run))
    return (
        f'<a class="hg-bar hg-{html.text(run.status)}" href="{run_address(run.id)}"'
        f' title="{title}" aria-label="{title}"><b>{mark}</b>'
        f'<i style="height:{height * 0.7:.0f}%"></i></a>'
    )


def _run_title(run: RunView) -> str:
    parts = [
        _("Run {id}").format(id=run.id),
        words.status_word(run.status),
        jalali.full_time(run.created_at),
    ]
    if run.duration_s is not None:
        parts.append(jalali.duration(run.duration_s))
    return " · ".join(parts)


def _way_out(run: RunView) -> str:
    """One click from the card to the page with the buttons that cure it."""
    told = html.text(_("How to solve it"))
    address = html.text(run_address(run.id))
    return f'<div class="hg-way-out"><a href="{address}" target="_self">{told}</a></div>'


def _problem(one: Card) -> str:
    last = one.last_ended
    if one.active or last is None or one.status != "failed":
        return ""
    if last.is_failed:
        return html.problem(last) + _way_out(last)
    told = _("The last run was successful, but not every part of the plan is synced yet.")
    todo = _("Sync everything to complete it.")
    return (
        f'<div class="hg-error hg-attention"><strong>{html.text(told)}</strong>'
        f"{html.text(todo)}</div>"
    )
