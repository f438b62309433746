"""Times as people in Tehran read them: Jalali dates, ages, durations. It stores none of them.

Digits stay ASCII: the interface's font draws them as Persian ones, and copied text stays plain.
"""

from datetime import date, datetime, timedelta
from functools import lru_cache

import jdatetime

from sync_core.base.clock import TEHRAN, utc_now
from sync_core.base.i18n import N_, _, ngettext

MONTHS = (
    N_("Farvardin"),
    N_("Ordibehesht"),
    N_("Khordad"),
    N_("Tir"),
    N_("Mordad"),
    N_("Shahrivar"),
    N_("Mehr"),
    N_("Aban"),
    N_("Azar"),
    N_("Dey"),
    N_("Bahman"),
    N_("Esfand"),
)
WEEKDAYS = (
    N_("Monday"),
    N_("Tuesday"),
    N_("Wednesday"),
    N_("Thursday"),
    N_("Friday"),
    N_("Saturday"),
    N_("Sunday"),
)
MINUTE, HOUR, DAY = 60, 3_600, 86_400


def tehran_date(at: datetime) -> date:
    """The Gregorian date in Tehran."""
    return at.astimezone(TEHRAN).date()


@lru_cache(maxsize=4_096)
def jalali_date(day: date) -> str:
    """A Gregorian date as `1405/09/02`."""
    year, month, day_of_month = jdatetime.GregorianToJalali(
        day.year, day.month, day.day
    ).getJalaliList()
    return f"{year:04}/{month:02}/{day_of_month:02}"


def jalali_month(day: date) -> str:
    """The Jalali month of a Gregorian date, as `1405/09`."""
    return jalali_date(day)[:7]


@lru_cache(maxsize=4_096)
def month_start(day: date) -> date:
    """The first day of its Jalali month."""
    return day - timedelta(days=jdatetime.date.fromgregorian(date=day).day - 1)


def next_month(day: date) -> date:
    """The first day of the Jalali month after its own; none is longer than 31 days."""
    return month_start(month_start(day) + timedelta(days=31))


def month_end(day: date) -> date:
    """The last day of its Jalali month."""
    return next_month(day) - timedelta(days=1)


def jalali_time(at: datetime) -> str:
    """`1405/09/02 12:30`, in Tehran. Left to right: wrap it where text runs the other way."""
    local = at.astimezone(TEHRAN)
    return f"{jalali_date(local.date())} {local.hour:02}:{local.minute:02}"


def full_time(at: datetime) -> str:
    """A whole phrase, with weekday, month name and seconds."""
    local = at.astimezone(TEHRAN)
    year, month, day = jalali_date(local.date()).split("/")
    return _("{weekday} {day} {month} {year}, {clock}").format(
        weekday=_(WEEKDAYS[local.weekday()]),
        day=int(day),
        month=_(MONTHS[int(month) - 1]),
        year=year,
        clock=f"{local:%H:%M:%S}",
    )


def age(at: datetime, now: datetime | None = None) -> str:
    """How long ago, in the largest unit that still says something."""
    seconds = int(((now or utc_now()) - at).total_seconds())
    if seconds < MINUTE:
        return _("just now")
    if seconds < HOUR:
        n = seconds // MINUTE
        return ngettext("{n} minute ago", "{n} minutes ago", n).format(n=n)
    if seconds < 2 * DAY:
        n = seconds // HOUR
        return ngettext("{n} hour ago", "{n} hours ago", n).format(n=n)
    n = seconds // DAY
    return ngettext("{n} day ago", "{n} days ago", n).format(n=n)


def until(at: datetime, now: datetime) -> str:
    """How long from now."""
    seconds = int((at - now).total_seconds())
    if seconds < MINUTE:
        return _("in less than a minute")
    if seconds < HOUR:
        n = seconds // MINUTE
        return ngettext("in {n} minute", "in {n} minutes", n).format(n=n)
    if seconds < 2 * DAY:
        n = seconds // HOUR
        return ngettext("in {n} hour", "in {n} hours", n).format(n=n)
    n = seconds // DAY
    return ngettext("in {n} day", "in {n} days", n).format(n=n)


def duration(seconds: float) -> str:
    """A duration in words, in at most two units."""
    whole = round(seconds)
    if whole < 1:
        return _("less than a second")
    if whole < MINUTE:
        return _seconds(whole)
    if whole < HOUR:
        return _joined(_minutes(whole // MINUTE), whole % MINUTE and _seconds(whole % MINUTE))
    minutes = whole % HOUR // MINUTE
    return _joined(_hours(whole // HOUR), minutes and _minutes(minutes))


def clock(seconds: float) -> str:
    """A duration as `4:12` or `1:04:12`, for columns of figures."""
    minutes, second = divmod(round(seconds), MINUTE)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def _joined(first: str, second: str | int) -> str:
    return _("{first} and {second}").format(first=first, second=second) if second else first


def _seconds(n: int) -> str:
    return ngettext("{n} second", "{n} seconds", n).format(n=n)


def _minutes(n: int) -> str:
    return ngettext("{n} minute", "{n} minutes", n).format(n=n)


def _hours(n: int) -> str:
    return ngettext("{n} hour", "{n} hours", n).format(n=n)
