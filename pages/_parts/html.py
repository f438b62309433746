"""Small pieces of HTML. Everything that comes from outside is escaped here, once."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from pages._parts import words
from pages._parts.explain import explain
from sync_core.base import jalali
from sync_core.base.i18n import direction
from sync_core.inspect.views import RunView

NOTHING = '<span class="hg-dim">—</span>'


@dataclass(frozen=True, slots=True)
class Heading:
    """`kind`: `text`, `number` (aligned at its end) or `wide` (may break over lines)."""

    label: str
    kind: str = "text"
    meaning: str = ""


def text(given: object) -> str:
    return escape(str(given))


def ltr(text: object) -> str:
    """Codes and dates keep their own direction inside any text."""
    return f'<bdi dir="ltr">{escape(str(text))}</bdi>'


def own_direction(text: object) -> str:
    """Names and other text whose language is not known."""
    return f"<bdi>{escape(str(text))}</bdi>"


def in_markdown(given: object) -> str:
    """For a sentence that Streamlit reads as Markdown: a name in it is only a name."""
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!|~$:&])", r"\\\1", str(given))


def number(value: float | None) -> str:
    return NOTHING if value is None else ltr(f"{value:,}")


def moment(at: datetime | None) -> str:
    """A short Jalali time; the whole phrase on hover."""
    if at is None:
        return NOTHING
    full = escape(jalali.full_time(at))
    return f'<time dir="ltr" title="{full}">{jalali.jalali_time(at)}</time>'


def length(seconds: float | None) -> str:
    """A duration in figures; in words on hover."""
    if seconds is None:
        return NOTHING
    return f'<bdi dir="ltr" title="{jalali.duration(seconds)}">{jalali.clock(seconds)}</bdi>'


def icon(name: str) -> str:
    return f'<span class="hg-icon" aria-hidden="true" translate="no">{name}</span>'


def card_title(title: str) -> str:
    return f'<span class="hg-card-title">{escape(title)}</span>'


def button_link(address: str, symbol: str, label: str) -> str:
    """A link that looks like a button; `address` is escaped already."""
    return f'<a class="hg-button" href="{address}" target="_self">{icon(symbol)}{escape(label)}</a>'


def problem(run: RunView) -> str:
    """Why a run failed: a sentence, what to do, and the message as the core wrote it."""
    told = explain(run.error_class)
    raw = f'<span class="hg-raw">{escape(run.error_message)}</span>' if run.error_message else ""
    return (
        f'<div class="hg-error hg-failed"><strong>{escape(told.what)}</strong>'
        f"{escape(told.todo)}{raw}</div>"
    )


def badge(status: str) -> str:
    """The same everywhere: word and icon, then colour."""
    word, symbol = words.status_word(status), words.ICONS.get(status, "help")
    return f'<span class="hg-badge hg-{escape(status)}">{icon(symbol)}{escape(word)}</span>'


def caption(label: str) -> str:
    """A table's name for who cannot see it; the eye has the heading above."""
    return f'<caption class="hg-unseen">{escape(label)}</caption>'


def table(headings: Sequence[Heading], rows: Iterable[Sequence[str]], label: str) -> str:
    """Cells are HTML already. A wide table scrolls inside its own box."""
    head = "".join(map(_heading, headings))
    kinds = [heading.kind for heading in headings]
    body = "".join(
        "<tr>"
        + "".join(f'<td class="hg-{k}">{cell}</td>' for k, cell in zip(kinds, row, strict=True))
        + "</tr>"
        for row in rows
    )
    return (
        f'<div class="hg-box" dir="{direction()}" role="region" tabindex="0"'
        f' aria-label="{escape(label)}"><table class="hg-table">{caption(label)}'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _heading(given: Heading) -> str:
    meaning = f' title="{escape(given.meaning)}"' if given.meaning else ""
    return f'<th scope="col" class="hg-{given.kind}"{meaning}>{escape(given.label)}</th>'
