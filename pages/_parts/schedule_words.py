"""The words of a schedule: its kinds, its days, why one is refused, what is to come."""

from datetime import datetime

from pages._parts import html
from sync_core.base import jalali
from sync_core.base.clock import TEHRAN
from sync_core.base.i18n import N_, _, ngettext
from sync_core.schedule import timing
from sync_core.schedule.plan import Coming
from sync_core.schedule.timing import Timing, clock
from sync_core.store.control import Schedule

KINDS = {
    timing.EVERY: N_("At an interval"),
    timing.WEEKLY: N_("On weekdays"),
    timing.MONTHLY: N_("Once a month"),
}
UNITS = {"minutes": N_("minutes"), "hours": N_("hours"), "days": N_("days")}
WEEKDAYS = (
    N_("Saturday"),
    N_("Sunday"),
    N_("Monday"),
    N_("Tuesday"),
    N_("Wednesday"),
    N_("Thursday"),
    N_("Friday"),
)
MODES = {
    "full": N_("Everything"),
    "recent": N_("Current and previous term"),
    "failed": N_("What is not successful yet"),
}
MISSED = {
    timing.CATCH_UP: N_("Make up for them by one run"),
    timing.SKIP: N_("Let them go"),
}
REFUSALS = {
    timing.INTERVAL: N_("An interval is from 1 minute to 365 days. Nothing was saved."),
    timing.TIMES: N_("Give at most 24 times of day, such as 03:00. Nothing was saved."),
    timing.NO_TIME: N_("Without a time of day it would never run. Nothing was saved."),
    timing.NO_WEEKDAY: N_("Without a weekday it would never run. Nothing was saved."),
    timing.NO_DAY: N_("A day of the month is from 1 to 31. Nothing was saved."),
    timing.QUIET: N_(
        "A quiet window needs a beginning and another end; else no time is left. Nothing was saved."
    ),
    timing.ALL_QUIET: N_(
        "Every time lies in the quiet window, so it would never run then. Nothing was saved."
    ),
    timing.RETRY: N_(
        "A failed run is tried again up to 10 times, after 1 to 1440 minutes. Nothing was saved."
    ),
    timing.CHOICE: N_("This choice is not possible. Nothing was saved."),
}


def when(chosen: Timing) -> str:
    """Fixed times, as a sentence's end: `every day at 03:00`."""
    times = _(", ").join(map(clock, chosen.times))
    if chosen.kind == timing.MONTHLY:
        return _("on day {n} of each month at {times}").format(n=chosen.month_day, times=times)
    if len(chosen.weekdays) == len(WEEKDAYS):
        return _("every day at {times}").format(times=times)
    days = _(", ").join(_(WEEKDAYS[number]) for number in chosen.weekdays)
    return _("on {days} at {times}").format(days=days, times=times)


def coming(title: str, runs: list[Coming], now: datetime) -> str:
    """The next runs as a list, Jalali; what one of them makes up for stands behind it."""
    rows = "".join(f"<li>{_run(run, now)}</li>" for run in runs)
    return f'<div class="hg-meta">{html.text(title)}</div><ol class="hg-coming">{rows}</ol>'


def moment(at: datetime) -> str:
    """A whole phrase without seconds, which slots do not have."""
    local = at.astimezone(TEHRAN)
    year, month, day = jalali.jalali_date(local.date()).split("/")
    return _("{weekday} {day} {month} {year}, {clock}").format(
        weekday=_(jalali.WEEKDAYS[local.weekday()]),
        day=int(day),
        month=_(jalali.MONTHS[int(month) - 1]),
        year=year,
        clock=f"{local:%H:%M}",
    )


def saved(enabled: bool, chosen: Timing) -> str:
    if not enabled:
        return _("Saved: automatic sync is off.")
    if chosen.kind == timing.EVERY:
        unit = _(UNITS[chosen.interval_unit])
        return _("Saved: every {n} {unit}.").format(n=chosen.interval_value, unit=unit)
    return _("Saved: {when}.").format(when=when(chosen))


def _run(run: Coming, now: datetime) -> str:
    told = html.text(moment(run.at))
    remark = _remark(run)
    return f"{told} <small>{html.text(remark or jalali.until(run.at, now))}</small>"


def _remark(run: Coming) -> str:
    if run.retry:
        return _("retry of the failed run")
    if run.missed:
        n = run.missed
        words = ngettext("stands for {n} missed one, too", "stands for {n} missed ones, too", n)
        return words.format(n=n)
    return ""


def held(row: Schedule) -> str:
    """Why the next run is later than the schedule says."""
    n, at = row.failures, moment(row.next_due_at or row.updated_at)
    words = ngettext(
        "After {n} failure in a row the next try is at {time}.",
        "After {n} failures in a row the next try is at {time}.",
        n,
    )
    return words.format(n=n, time=at)


def caught_up(row: Schedule) -> str:
    n = row.last_missed
    words = ngettext(
        "The automatic run of {time} stood for {n} missed one, too.",
        "The automatic run of {time} stood for {n} missed ones, too.",
        n,
    )
    return words.format(n=n, time=moment(row.last_fired_at or row.updated_at))
