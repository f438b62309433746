"""The words of alerts: a sentence for the inbox, a text for one SMS, a title and a body for mail.

They are made when they are read or sent, from the names and numbers that were kept. A text for SMS
holds no more than 70 units of UTF-16, which is what one holds of Persian.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sync_core.alerts import kinds
from sync_core.alerts.kinds import Told
from sync_core.alerts.mouth import Message
from sync_core.base import jalali
from sync_core.base.explanations import explain, whose_move
from sync_core.base.i18n import N_, _, digits, ngettext
from sync_core.base.settable import PERSIAN
from sync_core.base.titles import source_title

ONE_SMS = 70
MOST_LINES = 20
"""Of a message about many alerts; the rest is counted."""
PERSIAN_DIGITS = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")

RULES = {
    kinds.FAILED: N_("A run failed"),
    kinds.RECOVERED: N_("A source is well again"),
    kinds.LATE: N_("Data too old"),
    kinds.VOLUME: N_("Unusual number of records"),
    kinds.COLUMNS: N_("Columns changed"),
    kinds.SILENT: N_("The scheduler is silent"),
    kinds.DISK: N_("Little disk space"),
}
MEANINGS = {
    kinds.FAILED: N_("A run ended without success; one that somebody stopped does not count."),
    kinds.RECOVERED: N_("The first success of the whole source after it failed."),
    kinds.LATE: N_("The oldest part of the data is older than promised."),
    kinds.VOLUME: N_(
        "Nothing was sent, or a full sync is this far from the median of the last ten."
    ),
    kinds.COLUMNS: N_(
        "In one run a column lost its value, or got one, for this share of the people; or the "
        "gateway has begun to send a new field."
    ),
    kinds.SILENT: N_("A source is automatic, but for so long nothing has called the scheduler."),
    kinds.DISK: N_("Less than this is free where the databases are."),
}
SEVERITIES = {
    kinds.INFO: N_("Information"),
    kinds.WARNING: N_("Warning"),
    kinds.ERROR: N_("Error"),
}
TODO = {
    kinds.LATE: N_("Open “Data sync”, see why it has not synced, and sync it."),
    kinds.VOLUME: N_("Ask the gateway's team whether that is right."),
    kinds.COLUMNS: N_("Ask the gateway's team whether the fields of their answer have changed."),
    kinds.SILENT: N_("Open “Schedule”: it shows what is to call the scheduler, and when it did."),
    kinds.DISK: N_("Free some space on the server before the next run."),
}

SHORT = {
    kinds.FAILED: N_("{source}: failed, parts: {n}"),
    kinds.RECOVERED: N_("{source}: well again"),
    kinds.LATE: N_("{source}: {n} hours old"),
    kinds.VOLUME: N_("{source}: {n} records"),
    kinds.COLUMNS: N_("{source}: columns changed: {n}"),
    kinds.SILENT: N_("scheduler silent for {n} minutes"),
    kinds.DISK: N_("{n} GiB of disk free"),
}
"""Behind the product's name and before the time."""


def rule_word(rule: str) -> str:
    return _(RULES.get(rule, rule))


def rule_meaning(rule: str) -> str:
    return _(MEANINGS[rule]) if rule in MEANINGS else ""


def severity_word(severity: int) -> str:
    return _(SEVERITIES.get(severity, SEVERITIES[kinds.WARNING]))


def sentence(told: Told) -> str:
    """What happened, without when. Digits stay as they are: the interface draws them."""
    make = _SENTENCES.get(told.rule)
    return make(_title(told), told.params) if make else rule_word(told.rule)


def todo(told: Told) -> str:
    """What to do about it; empty where there is nothing to do."""
    if told.rule == kinds.FAILED:
        return explain(told.params.get("error_class")).todo
    return _(TODO[told.rule]) if told.rule in TODO else ""


def sms(told: Sequence[Told]) -> str:
    """State, source, time and how many parts failed, cut to one SMS."""
    if len(told) == 1:
        (one,) = told
        state = _(SHORT.get(one.rule, "{source}")).format(source=_title(one), n=_figure(one))
    else:
        errors = sum(one.severity >= kinds.ERROR for one in told)
        state = _("{n} alerts, errors: {errors}").format(n=len(told), errors=errors)
    time = jalali.jalali_time(max(one.at for one in told))
    return cut(_digits(_("Hamgam: {state}; {time}").format(state=state, time=time)), ONE_SMS)


def message(told: Sequence[Told], public_url: str = "") -> Message:
    """For a channel that takes long texts."""
    if len(told) == 1:
        (one,) = told
        return Message(
            _digits(_("Hamgam: {what}").format(what=sentence(one))), _body(one, public_url)
        )
    title = ngettext("Hamgam: {n} alert", "Hamgam: {n} alerts", len(told)).format(n=len(told))
    lines = [f"• {_digits(line)}" for line in map(_line, told[-MOST_LINES:])]
    if len(told) > MOST_LINES:
        lines.append(_digits(_("And {n} earlier ones.").format(n=len(told) - MOST_LINES)))
    return Message(_digits(title), "\n".join([*lines, *_link(public_url, "inbox")]))


def trial() -> tuple[Message, str]:
    """What a test sends: the long text, and that for SMS."""
    title = _("Hamgam: test message")
    body = _("This channel works. Alerts will look like this.")
    return Message(title, body), cut(title, ONE_SMS)


def cut(text: str, most: int) -> str:
    """No more than so many units of UTF-16; no letter is torn."""
    while _units(text) > most:
        text = text.removesuffix("…")[:-1].rstrip() + "…"
    return text


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _body(one: Told, public_url: str) -> str:
    lines = [sentence(one) + "."]
    lines.append(_("Time: {time}").format(time=jalali.full_time(one.at)))
    lines += _more(one)
    advice = todo(one)
    if advice:
        lines += ["", _("What to do: {todo}").format(todo=advice)]
    page = f"run?id={one.run_id}" if one.run_id else "inbox"
    raw = one.params.get("message") if one.rule == kinds.FAILED else None
    said = ["", str(raw)] if raw else []
    return "\n".join([*map(_digits, lines), *said, *_link(public_url, page)])


def _more(one: Told) -> Iterable[str]:
    if one.rule != kinds.FAILED:
        return
    error = one.params.get("error_class")
    yield _("Why: {why}").format(why=explain(error).what)
    if one.params.get("total"):
        yield _("Parts: {done} done, {failed} failed, of {total}").format(
            done=one.params.get("done"), failed=one.params.get("failed"), total=one.params["total"]
        )
    yield _("Whose move: {who}").format(who=whose_move(error))


def _link(public_url: str, page: str) -> list[str]:
    return ["", f"{public_url}/{page}"] if public_url else []


def _line(one: Told) -> str:
    return f"{jalali.jalali_time(one.at)} {sentence(one)}"


def _title(told: Told) -> str:
    return source_title(told.source) if told.source else ""


def _digits(text: str) -> str:
    """Outside of our own pages no font of ours draws them."""
    return text.translate(PERSIAN_DIGITS) if digits() == PERSIAN else text


def _figure(told: Told) -> object:
    params = told.params
    if told.rule == kinds.COLUMNS:
        return sum(len(_names(params, name)) for name in ("emptied", "filled", "appeared"))
    name = {
        kinds.FAILED: "failed",
        kinds.LATE: "hours",
        kinds.VOLUME: "records",
        kinds.SILENT: "minutes",
        kinds.DISK: "free_gib",
    }.get(told.rule, "")
    return params.get(name) or 0


def _failed(source: str, params: Mapping[str, Any]) -> str:
    if not params.get("failed"):
        return _("The sync of {source} failed").format(source=source)
    n = int(params["failed"])
    return ngettext(
        "The sync of {source} failed, with {n} part that failed",
        "The sync of {source} failed, with {n} parts that failed",
        n,
    ).format(source=source, n=n)


def _recovered(source: str, _params: Mapping[str, Any]) -> str:
    return _("{source} synced again after a failure").format(source=source)


def _late(source: str, params: Mapping[str, Any]) -> str:
    return _("The data of {source} are {n} hours old; {promised} were promised").format(
        source=source, n=params.get("hours"), promised=_plain(params.get("promised"))
    )


def _volume(source: str, params: Mapping[str, Any]) -> str:
    if not params.get("usual"):
        return _("The gateway sent no records of {source}").format(source=source)
    return _("{source} has {n} records; {usual} are usual").format(
        source=source, n=f"{params.get('records'):,}", usual=f"{params['usual']:,}"
    )


def _columns(source: str, params: Mapping[str, Any]) -> str:
    parts = []
    if emptied := _names(params, "emptied"):
        parts.append(_("emptied: {names}").format(names=", ".join(emptied)))
    if filled := _names(params, "filled"):
        parts.append(_("filled: {names}").format(names=", ".join(filled)))
    if appeared := _names(params, "appeared"):
        parts.append(_("new: {names}").format(names=", ".join(appeared)))
    return _("Columns of {source} changed ({how})").format(source=source, how="; ".join(parts))


def _silent(_source: str, params: Mapping[str, Any]) -> str:
    return _("For {n} minutes nothing has called the scheduler").format(n=params.get("minutes"))


def _disk(_source: str, params: Mapping[str, Any]) -> str:
    return _("{n} GiB are free in {folder}").format(
        n=params.get("free_gib"), folder=params.get("folder")
    )


def _names(params: Mapping[str, Any], which: str) -> list[str]:
    return [str(name) for name in params.get(which) or ()]


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float | int) else str(value)


_SENTENCES: Mapping[str, Callable[[str, Mapping[str, Any]], str]] = {
    kinds.FAILED: _failed,
    kinds.RECOVERED: _recovered,
    kinds.LATE: _late,
    kinds.VOLUME: _volume,
    kinds.COLUMNS: _columns,
    kinds.SILENT: _silent,
    kinds.DISK: _disk,
}
