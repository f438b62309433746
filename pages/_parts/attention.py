"""The line on top of the overview: all well, running, or what needs a person and why."""

from pages._parts import html, words
from pages._parts.explain import explain
from pages._parts.links import run_address
from sync_core.base.i18n import N_, _
from sync_core.inspect.overview import Need, Overview

REASONS = {
    "incomplete": N_("not every part of the plan is synced."),
    "late": N_("its scheduled run did not start."),
    "never": N_("it has never been synced. Start its first sync below."),
}


def attention(overview: Overview, *, has_account: bool, may_set_it: bool) -> str:
    """`has_account`: without the gateway's, a first sync would fail: nobody is sent to it."""
    needs = [need for need in overview.needs if need.source not in overview.running]
    lines = [_need(need) for need in needs if has_account or need.reason != "never"]
    if not has_account:
        lines.insert(0, _no_account(may_set_it=may_set_it))
    if overview.running:
        lines.append(_running(overview.running))
    if not lines:
        lines.append(_band("success", "check_circle", html.text(_("All is well."))))
    return "".join(lines)


def _need(need: Need) -> str:
    name = html.text(words.source_title(need.source))
    if need.reason == "failed":
        why = html.text(explain(need.error_class).what)
        if need.run_id is not None:
            why += _link(run_address(need.run_id), _("See the run"))
        return _band("failed", "error", f"{name}: {why}")
    symbol = "rocket_launch" if need.reason == "never" else "warning"
    why = html.text(_(REASONS[need.reason]))
    if need.reason == "late":
        why += _link("schedule", _("See who calls the schedule"))
    return _band("attention", symbol, f"{name}: {why}")


def _no_account(*, may_set_it: bool) -> str:
    told = html.text(_("The gateway's account is not complete: no sync can start."))
    if may_set_it:
        told += _link("settings?section=gateway", _("Complete it"))
    else:
        told += " " + html.text(_("An administrator can complete it."))
    return _band("attention", "key_off", told)


def _link(address: str, label: str) -> str:
    return f' <a href="{html.text(address)}" target="_self">{html.text(label)}</a>'


def _running(sources: tuple[str, ...]) -> str:
    names = _(", ").join(words.source_title(source) for source in sources)
    return _band("running", "sync", html.text(_("Syncing now: {names}").format(names=names)))


def _band(tone: str, symbol: str, body: str) -> str:
    return (
        f'<div class="hg-band hg-{tone}" role="status">{html.icon(symbol)}<span>{body}</span></div>'
    )
