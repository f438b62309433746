"""What an administrator chooses of a schedule, in its columns, in words, and what of it is refused.

It stores nothing and knows no clock.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta, tzinfo

from sync_core.base.clock import TEHRAN
from sync_core.base.errors import ConfigError
from sync_core.engine.plan import MODES
from sync_core.schedule.interval import interval
from sync_core.schedule.plan import Plan
from sync_core.schedule.quiet import Quiet
from sync_core.schedule.recurrence import (
    LONGEST_MONTH,
    Every,
    OnDays,
    on_day_of_month,
    on_weekdays,
)
from sync_core.store.control import Schedule

EVERY, WEEKLY, MONTHLY = KINDS = ("every", "weekly", "monthly")
CATCH_UP, SKIP = MISSED = ("catch_up", "skip")
WEEKDAYS = ("sat", "sun", "mon", "tue", "wed", "thu", "fri")
"""The Iranian week; a weekday's number is its place here."""
MOST_TIMES = 24
MOST_RETRIES = 10
LONGEST_WAIT = 1_440

INTERVAL, TIMES, NO_TIME, NO_WEEKDAY, NO_DAY = (
    "interval",
    "times",
    "no_time",
    "no_weekday",
    "no_day",
)
QUIET, ALL_QUIET, RETRY, CHOICE, STALE = "quiet", "all_quiet", "retry", "choice", "stale"
"""Why something is refused."""


class TimingRefused(ConfigError):
    """Nothing was saved. `reason`: one of the above; `STALE`: somebody was faster."""

    def __init__(self, reason: str, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Timing:
    """Fields of another kind than `kind` are kept, and mean nothing.

    `weekdays`: 0 is Saturday. `quiet_from`, `quiet_to`: both or none. Times have no seconds.
    """

    kind: str = EVERY
    interval_value: int = 1440
    interval_unit: str = "minutes"
    times: tuple[time, ...] = ()
    weekdays: tuple[int, ...] = ()
    month_day: int | None = None
    quiet_from: time | None = None
    quiet_to: time | None = None
    missed: str = CATCH_UP
    mode: str = "full"
    retries: int = 0
    retry_wait_minutes: int = 15

    @property
    def recurs(self) -> tuple[object, ...]:
        """What its slots follow from: where it is the same, so are they."""
        quiet = (self.quiet_from, self.quiet_to)
        if self.kind == EVERY:
            return (self.kind, self.interval_value, self.interval_unit, quiet)
        days = self.weekdays if self.kind == WEEKLY else self.month_day
        return (self.kind, self.times, days, quiet)


def timing_of(row: Schedule) -> Timing:
    return Timing(
        kind=row.kind,
        interval_value=row.interval_value,
        interval_unit=row.interval_unit,
        times=tuple(map(time.fromisoformat, _parts(row.times))),
        weekdays=tuple(map(int, _parts(row.weekdays))),
        month_day=row.month_day,
        quiet_from=time.fromisoformat(row.quiet_from) if row.quiet_from else None,
        quiet_to=time.fromisoformat(row.quiet_to) if row.quiet_to else None,
        missed=row.missed,
        mode=row.mode,
        retries=row.retries,
        retry_wait_minutes=row.retry_wait_minutes,
    )


def columns_of(timing: Timing) -> dict[str, object]:
    """By the names of `Schedule`."""
    return {
        "kind": timing.kind,
        "interval_value": timing.interval_value,
        "interval_unit": timing.interval_unit,
        "times": ",".join(map(clock, timing.times)),
        "weekdays": ",".join(map(str, timing.weekdays)),
        "month_day": timing.month_day,
        "quiet_from": clock(timing.quiet_from) if timing.quiet_from else None,
        "quiet_to": clock(timing.quiet_to) if timing.quiet_to else None,
        "missed": timing.missed,
        "mode": timing.mode,
        "retries": timing.retries,
        "retry_wait_minutes": timing.retry_wait_minutes,
    }


def plan_of(row: Schedule, zone: tzinfo = TEHRAN) -> Plan:
    anchor = row.anchor_at or row.next_due_at or row.updated_at
    timing = timing_of(row)
    return Plan(
        slots=slots_of(timing, anchor, zone),
        quiet=quiet_of(timing, zone),
        catches_up=timing.missed == CATCH_UP,
        due_at=row.next_due_at,
        slot_at=row.last_slot_at,
        held_until=row.held_until,
        retry_at=row.retry_at,
        waiting=row.waiting,
    )


def slots_of(timing: Timing, anchor: datetime, zone: tzinfo = TEHRAN) -> Every | OnDays:
    if timing.kind == WEEKLY:
        return OnDays(timing.times, on_weekdays(frozenset(timing.weekdays)), zone)
    if timing.kind == MONTHLY:
        return OnDays(timing.times, on_day_of_month(timing.month_day or 1), zone)
    return Every(interval(timing.interval_value, timing.interval_unit), anchor)


def quiet_of(timing: Timing, zone: tzinfo = TEHRAN) -> Quiet | None:
    if timing.quiet_from is None or timing.quiet_to is None:
        return None
    return Quiet(timing.quiet_from, timing.quiet_to, zone)


def checked(timing: Timing) -> Timing:
    """With its times and weekdays in order, each once. Raises TimingRefused."""
    timing = _in_order(timing)
    _check_choices(timing)
    if timing.kind == EVERY:
        _check_interval(timing)
    else:
        _check_days(timing)
    _check_quiet(timing)
    _check_retry(timing)
    return timing


def clock(at: time) -> str:
    return f"{at:%H:%M}"


def told(timing: Timing) -> str:
    """For the audit log and the command line; what is usual is left out."""
    parts = [_when(timing)]
    if timing.mode != "full":
        parts.append(f"mode {timing.mode}")
    if timing.quiet_from and timing.quiet_to:
        parts.append(f"quiet {clock(timing.quiet_from)}-{clock(timing.quiet_to)}")
    if timing.missed != CATCH_UP:
        parts.append("missed slots skipped")
    if timing.retries:
        parts.append(f"{timing.retries} retries after {timing.retry_wait_minutes} minutes each")
    return ", ".join(parts)


def _when(timing: Timing) -> str:
    if timing.kind == EVERY:
        return f"every {timing.interval_value} {timing.interval_unit}"
    times = " ".join(map(clock, timing.times))
    if timing.kind == MONTHLY:
        return f"at {times} on day {timing.month_day} of the Jalali month"
    if len(timing.weekdays) == len(WEEKDAYS):
        return f"at {times} every day"
    return f"at {times} on {' '.join(WEEKDAYS[number] for number in timing.weekdays)}"


def _in_order(timing: Timing) -> Timing:
    return replace(
        timing,
        times=tuple(sorted(set(timing.times))),
        weekdays=tuple(sorted(set(timing.weekdays))),
    )


def _check_choices(timing: Timing) -> None:
    for given, allowed in (
        (timing.kind, KINDS),
        (timing.missed, MISSED),
        (timing.mode, MODES),
    ):
        if given not in allowed:
            raise TimingRefused(CHOICE, f"{given[:20]!r} is none of {', '.join(allowed)}.")


def _check_interval(timing: Timing) -> None:
    try:
        interval(timing.interval_value, timing.interval_unit)
    except ConfigError as exc:
        raise TimingRefused(INTERVAL, exc.message, hint=exc.hint) from exc


def _check_days(timing: Timing) -> None:
    if not timing.times:
        raise TimingRefused(NO_TIME, "No time is given: it would never run.", hint="Give one.")
    if len(timing.times) > MOST_TIMES or any(at.second or at.microsecond for at in timing.times):
        words = f"At most {MOST_TIMES} times a day can be given, in hours and minutes."
        raise TimingRefused(TIMES, words, hint="Give an interval for more.")
    if timing.kind == WEEKLY and not timing.weekdays:
        words = "No weekday is chosen: it would never run."
        raise TimingRefused(NO_WEEKDAY, words, hint="Choose one at least.")
    if timing.kind == WEEKLY and not set(timing.weekdays) <= set(range(len(WEEKDAYS))):
        raise TimingRefused(CHOICE, "A weekday is from 0, Saturday, to 6, Friday.")
    if timing.kind == MONTHLY and not 1 <= (timing.month_day or 0) <= LONGEST_MONTH:
        words = f"A day of the month is from 1 to {LONGEST_MONTH}."
        raise TimingRefused(NO_DAY, words, hint="In a shorter month, its last day counts.")


def _check_quiet(timing: Timing) -> None:
    if (timing.quiet_from is None) != (timing.quiet_to is None):
        raise TimingRefused(QUIET, "A quiet window needs its beginning and its end.")
    quiet = quiet_of(timing)
    if quiet is None:
        return
    if quiet.begins == quiet.ends:
        words = "A quiet window from a time to the same time would leave no time for a run."
        raise TimingRefused(QUIET, words, hint="Give another end, or none.")
    if timing.kind != EVERY and all(map(quiet.covers, timing.times)):
        words = "Every time lies in the quiet window: none of them would ever be kept."
        raise TimingRefused(ALL_QUIET, words, hint="Give a time outside, or another window.")


def _check_retry(timing: Timing) -> None:
    if 0 <= timing.retries <= MOST_RETRIES and 1 <= timing.retry_wait_minutes <= LONGEST_WAIT:
        return
    words = f"A failed run is tried again 0 to {MOST_RETRIES} times, after 1 to {LONGEST_WAIT}"
    raise TimingRefused(RETRY, f"{words} minutes.")


def _parts(stored: str) -> Iterable[str]:
    return filter(None, stored.split(","))


def mean_distance(timing: Timing) -> tuple[int, str]:
    """As `data_syncs` says it, which knows only intervals: of fixed times, the mean in minutes."""
    if timing.kind == EVERY:
        return timing.interval_value, timing.interval_unit
    days = timedelta(days=30.4 if timing.kind == MONTHLY else 7 / len(timing.weekdays))
    return round(days / timedelta(minutes=1) / len(timing.times)), "minutes"
