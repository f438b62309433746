"""The rules of one source as a table: how each one stands, how it went, where the rows are."""

from collections.abc import Sequence

from pages._parts import columns, html
from pages._parts.html import Heading
from pages._parts.links import rule_address, run_address
from pages._parts.rules import words_of
from sync_core.base import rules
from sync_core.base.i18n import _
from sync_core.inspect.quality import Quality, RuleState

LOWEST_BAR = 8
"""Per cent of a trend's height: a count of nought can still be seen."""
MOST_NAMED = 12


def rules_table(quality: Quality, label: str) -> str:
    """What needs a look stands first."""
    headings = [
        Heading(_("Rule"), "wide"),
        Heading(_("State"), "status"),
        Heading(_("Count"), "number", _("After the last run that was counted.")),
        Heading(_("Trend"), "text", _("The last runs; the newest at the right.")),
        Heading(_("What to do"), "wide"),
    ]
    shown = sorted(quality.rules, key=lambda state: state.count == 0)
    rows = (_row(quality.source, state) for state in shown)
    return html.table(headings, rows, label)


def _row(source: str, state: RuleState) -> list[str]:
    told = words_of(state.rule)
    meaning = f'<small class="hg-why">{html.text(told.meaning)}</small>'
    return [
        f"<strong>{html.text(told.title)}</strong>{meaning}{_looked_at(state)}",
        _badge(state.count),
        _count(source, state),
        _trend(state.past),
        html.text(told.todo) if state.count else html.NOTHING,
    ]


def _badge(count: int) -> str:
    """Word and icon, then colour."""
    tone, symbol, word = ("attention", "flag", _("To look at"))
    if not count:
        tone, symbol, word = ("success", "check_circle", _("All right"))
    return f'<span class="hg-badge hg-{tone}">{html.icon(symbol)}{html.text(word)}</span>'


def _count(source: str, state: RuleState) -> str:
    shown = html.number(state.count)
    address = _address(source, state)
    if not state.count or address is None:
        return shown
    word = html.text(_("Show them"))
    return f'{shown}<br><a href="{html.text(address)}" target="_self">{word}</a>'


def _address(source: str, state: RuleState) -> str | None:
    """Where what is behind the count can be seen."""
    if state.has_rows:
        return rule_address(source, state.rule)
    if state.rule == rules.NO_KEY and state.told:
        return run_address(int(state.told[0]))
    return None


def _looked_at(state: RuleState) -> str:
    """The columns that the rule looks at, or what it found to be named."""
    if state.rule == rules.TOTALS and len(state.told) == 3:
        told = _("{rows} rows, {people} people, in {records} records").format(
            rows=f"{int(state.told[0]):,}",
            people=f"{int(state.told[1]):,}",
            records=f"{int(state.told[2]):,}",
        )
        return f'<small class="hg-why">{html.text(told)}</small>'
    named = () if state.rule == rules.NO_KEY else state.told or state.columns
    return f'<small class="hg-why">{_named(named)}</small>' if named else ""


def _named(names: Sequence[str]) -> str:
    shown = [html.own_direction(columns.heading(name)) for name in names[:MOST_NAMED]]
    more = len(names) - MOST_NAMED
    return " · ".join([*shown, html.ltr(f"+{more}")] if more > 0 else shown)


def _trend(past: Sequence[tuple[int, int]]) -> str:
    """A bar a run; its title tells the run and the count."""
    most = max((count for _run, count in past), default=0)
    bars = "".join(_bar(run_id, count, most) for run_id, count in past)
    label = _("From {first} to {last}; runs: {n}").format(
        first=f"{past[0][1]:,}", last=f"{past[-1][1]:,}", n=f"{len(past):,}"
    )
    return f'<span class="hg-spark" role="img" aria-label="{html.text(label)}">{bars}</span>'


def _bar(run_id: int, count: int, most: int) -> str:
    height = LOWEST_BAR + (100 - LOWEST_BAR) * (count / most if most else 0)
    title = html.text(_("Run {id}: {n}").format(id=run_id, n=f"{count:,}"))
    return f'<i style="height:{height:.0f}%" title="{title}"></i>'
