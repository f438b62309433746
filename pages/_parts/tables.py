"""Tables of runs and of a run's units, as HTML."""

from collections.abc import Callable, Sequence

from pages._parts import html, words
from pages._parts.explain import explain
from pages._parts.html import Heading
from pages._parts.links import run_address
from sync_core.base.i18n import N_, _
from sync_core.inspect.views import RunView, UnitView

Cell = Callable[[RunView], str]

LATEST = ("source", "status", "trigger", "created_at", "duration", "fetched")
HISTORY_COUNTS = ("fetched", "inserted", "updated", "unchanged", "rejected", "missing")
UNIT_COUNTS = ("fetched", "inserted", "updated", "unchanged", "stale", "duplicates", "rejected")

COLUMNS: dict[str, tuple[str, str, Cell]] = {
    "source": (N_("Source"), "text", lambda run: html.text(words.source_title(run.source))),
    "status": (N_("Status"), "status", lambda run: html.badge(run.status) + _why(run)),
    "trigger": (N_("Started by"), "text", lambda run: html.text(words.trigger_word(run.trigger))),
    "who": (N_("Who"), "text", lambda run: html.own_direction(words.person(run.requested_by))),
    "created_at": (N_("Start"), "text", lambda run: html.moment(run.created_at)),
    "duration": (N_("Duration"), "number", lambda run: html.length(run.duration_s)),
}


def latest_runs(runs: Sequence[RunView]) -> str:
    return _runs(runs, LATEST, _("Latest runs"))


def run_history(runs: Sequence[RunView]) -> str:
    names = ("source", "status", "trigger", "who", "created_at", "duration")
    return _runs(runs, (*names, *HISTORY_COUNTS), _("Sync history"))


def units(of_run: Sequence[UnitView]) -> str:
    """Those that failed first, in a table of their own: they count nothing."""
    failed = [unit for unit in of_run if unit.is_failed]
    done = [unit for unit in of_run if not unit.is_failed]
    return (_failed_units(failed) if failed else "") + (_done_units(done) if done else "")


def _failed_units(failed: Sequence[UnitView]) -> str:
    headings = [
        Heading(_("Part")),
        Heading(_("What happened"), "wide"),
        Heading(_("Duration"), "number"),
    ]
    return html.table(headings, map(_failed_row, failed), _("Parts that failed"))


def _done_units(done: Sequence[UnitView]) -> str:
    headings = [
        Heading(_("Part")),
        Heading(_("Status"), "status"),
        Heading(_("Duration"), "number"),
        *(_count_heading(name) for name in UNIT_COUNTS),
    ]
    return html.table(headings, map(_done_row, done), _("Parts of the run"))


def _runs(runs: Sequence[RunView], names: Sequence[str], label: str) -> str:
    headings = [Heading(_("Run")), *(_heading(name) for name in names)]
    rows = ([_link(run), *(_cell(run, name) for name in names)] for run in runs)
    return html.table(headings, rows, label)


def _heading(name: str) -> Heading:
    if name not in COLUMNS:
        return _count_heading(name)
    label, kind, _cell = COLUMNS[name]
    return Heading(_(label), kind)


def _count_heading(name: str) -> Heading:
    return Heading(_(words.COUNTS[name]), "number", _(words.COUNT_MEANINGS[name]))


def _cell(run: RunView, name: str) -> str:
    """A run whose source told no counts has none."""
    if name in COLUMNS:
        return COLUMNS[name][2](run)
    return html.NOTHING if run.counted else html.number(getattr(run, name))


def _link(run: RunView) -> str:
    address = html.text(run_address(run.id))
    title = html.text(_("Run {id}").format(id=run.id))
    return f'<a href="{address}" target="_self" title="{title}">{html.ltr(run.id)}</a>'


def _failed_row(unit: UnitView) -> list[str]:
    return [
        html.own_direction(words.unit_word(unit.unit)),
        html.badge(unit.status)
        + _why(unit)
        + f'<span class="hg-raw">{html.text(unit.error_message or "")}</span>',
        _took(unit),
    ]


def _done_row(unit: UnitView) -> list[str]:
    if unit.is_waiting:
        return [html.own_direction(words.unit_word(unit.unit)), html.badge(unit.status)] + [
            html.NOTHING
        ] * (1 + len(UNIT_COUNTS))
    meaning = html.text(_("sent as before, not read again"))
    told = html.text(_("As before"))
    same = f'<small class="hg-same" title="{meaning}">{told}</small>'
    return [
        html.own_direction(words.unit_word(unit.unit)),
        html.badge(unit.status) + (same if unit.skipped else ""),
        _took(unit),
        *(html.number(getattr(unit, name)) for name in UNIT_COUNTS),
    ]


def _took(unit: UnitView) -> str:
    if not unit.repeats:
        return html.length(unit.duration_s)
    told = html.text(_("{n} calls repeated").format(n=unit.repeats))
    return f'{html.length(unit.duration_s)}<small class="hg-why">{told}</small>'


def _why(of: RunView | UnitView) -> str:
    """Beneath the badge: what happened; the message as the core wrote it on hover."""
    if not of.is_failed:
        return ""
    what = html.text(explain(of.error_class).what)
    return f'<small class="hg-why" title="{html.text(of.error_message or "")}">{what}</small>'
