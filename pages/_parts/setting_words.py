"""The words for settings: their names, what they mean, their units and groups."""

from sync_core.base import settable
from sync_core.base.i18n import N_, _
from sync_core.base.settable import Settable

LABELS = {
    "page_size": N_("Records a page"),
    "concurrency": N_("Calls at once"),
    "requests_per_s": N_("Calls a second, at most"),
    "connect_timeout_s": N_("Time to connect"),
    "call_timeout_s": N_("Time for a call"),
    "login_timeout_s": N_("Time for the login"),
    "tries": N_("Tries a call"),
    "retry_wait_s": N_("Longest wait between tries"),
    "retry_budget_s": N_("All waiting of a run"),
    "time_limit_s": N_("Time limit"),
    "stall_limit_s": N_("Limit without progress"),
    "shrink_percent": N_("People that a part may lose"),
    "shrink_least": N_("Fewer lost than this are always accepted"),
    "rejects_percent": N_("Rejected records that a part may have"),
    "rejects_least": N_("So many rejected are always accepted"),
    "missing_percent": N_("People who may be marked as no longer reported"),
    "first_year": N_("First academic year"),
    "terms": N_("Terms, instead of those since the first year"),
    "keep_changes_days": N_("Changes of people's data"),
    "keep_rejects_days": N_("Rejected records"),
    "keep_logs_days": N_("Logs of runs"),
    "keep_runs_days": N_("Runs and their parts"),
    "keep_alerts_days": N_("Alerts"),
    "lang": N_("Language"),
    "digits": N_("Digits"),
}
MEANINGS = {
    "page_size": N_("After a change the next full sync reads every part anew, and takes longer."),
    "concurrency": N_("More are faster and weigh more on the gateway."),
    "requests_per_s": N_("0 means no limit."),
    "connect_timeout_s": N_("Until the connection stands."),
    "call_timeout_s": N_("From the question to the last byte of the answer."),
    "login_timeout_s": N_("A gateway that is not there fails a sync after this time."),
    "tries": N_("How often a call is tried before its part fails."),
    "retry_wait_s": N_("Waits grow from try to try, up to this."),
    "retry_budget_s": N_("When it is used up, calls are not tried again."),
    "time_limit_s": N_("Empty: as the source says, an hour for faculty, two for students."),
    "stall_limit_s": N_("A run that gets nothing done for so long is ended."),
    "shrink_percent": N_("A part that lost a larger share is not applied."),
    "shrink_least": N_("A part that comes back empty is refused in any case."),
    "rejects_percent": N_("Of a part with a larger share of unusable records nothing is applied."),
    "rejects_least": N_("Small parts need not be strict to the record."),
    "missing_percent": N_("If more of a table are gone, nobody is marked."),
    "first_year": N_("The plan has every term from Mehr of this year to the current one."),
    "terms": N_("Four digits each, with commas between them. Empty: computed from the first year."),
}
UNITS = {
    settable.S: N_("seconds"),
    settable.PERCENT: N_("per cent"),
    settable.PEOPLE: N_("people"),
    settable.DAYS: N_("days"),
    settable.YEAR: N_("Jalali"),
}
GROUPS = {
    settable.CALLS: N_("Calls to the gateway"),
    settable.PATIENCE: N_("Waiting and trying again"),
    settable.ENDS: N_("When a run is ended"),
    settable.GUARDS: N_("What is refused to be safe"),
}
CHOICES = {
    # By its own name: whoever cannot read the page finds theirs.
    "fa": "فارسی",
    "en": "English",
    settable.AUTO: N_("As the language has them"),
    settable.PERSIAN: N_("Persian digits"),
    settable.LATIN: N_("Latin digits"),
}


def label(one: Settable) -> str:
    name = _(LABELS[one.key])
    return _("{name} ({unit})").format(name=name, unit=_(UNITS[one.unit])) if one.unit else name


def meaning(one: Settable) -> str:
    return _(MEANINGS[one.key]) if one.key in MEANINGS else ""


def bounds(one: Settable) -> str:
    """What may be given, and the default; empty where there is nothing to say."""
    if one.kind == settable.TERMS:
        return ""
    low, high, default = (_figure(one, value) for value in (one.low, one.high, one.default))
    if one.kind in {settable.SECONDS, settable.OPTIONAL_SECONDS}:
        span = _("more than 0, up to {high}").format(high=high)
    else:
        span = _("{low} to {high}").format(low=low, high=high)
    if one.default is None:
        return span
    return _("{span}; default {default}").format(span=span, default=default)


def _figure(one: Settable, value: float | None) -> str:
    """A year is no quantity."""
    if value is None:
        return ""
    return f"{value:.10g}" if one.unit == settable.YEAR else f"{value:,.10g}"
