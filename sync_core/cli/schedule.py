"""`schedule show` and `schedule set`, for operators without a browser."""

from contextlib import suppress
from datetime import time
from typing import Any, cast

import click

from sync_core.access.permissions import command_line_actor
from sync_core.base.clock import utc_now
from sync_core.cli.installation import installation
from sync_core.cli.output import as_json_option, print_json, print_table
from sync_core.cli.schedule_install import callers, install, remove
from sync_core.engine.plan import MODES
from sync_core.engine.source import find_source
from sync_core.schedule.crontab import crontab_block, write_crontab_file
from sync_core.schedule.interval import UNITS
from sync_core.schedule.plan import Coming
from sync_core.schedule.plans import Changes, last_fired, next_runs, read_schedules, save_schedule
from sync_core.schedule.timing import (
    EVERY,
    MISSED,
    MONTHLY,
    WEEKDAYS,
    WEEKLY,
    clock,
    timing_of,
    told,
)
from sync_core.store.control import Schedule

FIELDS = ("source", "enabled", "interval_value", "interval_unit", "mode", "next_due_at")
STATE = (
    *("last_fired_at", "last_missed", "failures", "held_until", "retry_at", "retry_of"),
    *("missed", "retries", "retry_wait_minutes", "updated_by"),
)
SHOWN = ("source", "enabled", "when", "next_due_at")
NONE = "none"


@click.group()
def schedule() -> None:
    """When sources sync by themselves."""


for command in (install, remove, callers):
    schedule.add_command(command)


@schedule.command()
@as_json_option
def show(as_json: bool) -> int:
    """The schedules, the crontab block that calls them, and when it last did."""
    with installation(data=False) as (settings, databases):
        actor = command_line_actor()
        rows = [_told(row) for row in read_schedules(databases, actor)]
        fired_at, file = last_fired(databases, actor), write_crontab_file(settings, actor)
    if as_json:
        print_json(rows)
        return 0
    print_table(SHOWN, ([row[name] for name in SHOWN] for row in rows))
    for row in rows:
        for line in _remarks(row):
            click.echo(f"{row['source']}: {line}")
    click.echo(f"\ntick last ran: {fired_at or 'never'}")
    click.echo(f"To let cron call it: `schedule install`, or add the lines of {file}:\n")
    click.echo(crontab_block(settings), nl=False)
    return 0


class Clock(click.ParamType[time]):
    """A time of day as `03:00`."""

    name = "time"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> time:
        hour, colon, minute = str(value).partition(":")
        figures = f"{hour}{minute}"
        if colon and figures.isascii() and figures.isdigit() and len(minute) == 2:
            with suppress(ValueError):
                return time(int(hour), int(minute))
        return self.fail(f"{str(value)[:20]!r} is no time such as 03:00.", param, ctx)


class Window(click.ParamType[tuple[time | None, time | None]]):
    """A quiet window as `22:00-06:00`, or `none`."""

    name = "window"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[time | None, time | None]:
        if value == NONE:
            return None, None
        begins, _, ends = str(value).partition("-")
        return Clock().convert(begins, param, ctx), Clock().convert(ends, param, ctx)


class Days(click.ParamType[tuple[int, ...]]):
    """Weekdays with commas between them; none for the bare `--on`."""

    name = "weekday"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        names = [name for name in str(value).lower().split(",") if name]
        for name in names:
            if name not in WEEKDAYS:
                wrong = f"{name[:20]!r} is no weekday; give some of {', '.join(WEEKDAYS)}."
                self.fail(wrong, param, ctx)
        return tuple(map(WEEKDAYS.index, names))


@schedule.command("set")
@click.argument("source")
@click.option("--every", type=click.IntRange(min=1), metavar="N", help="At one distance.")
@click.option("--unit", type=click.Choice(list(UNITS)), default="minutes", show_default=True)
@click.option("--at", "times", type=Clock(), multiple=True, metavar="HH:MM", help="At times.")
@click.option("--jalali-day", type=int, metavar="N", help="Of each month; 31 is its last day.")
@click.option(
    "--on",
    "days",
    type=Days(),
    multiple=True,
    is_flag=False,
    flag_value="",
    metavar="[WEEKDAY]",
    help="On weekdays (sat, sun, …); alone: automatic, which is the default.",
)
@click.option("--off", is_flag=True, help="Not automatic.")
@click.option("--quiet", type=Window(), metavar="FROM-TO", help="No start from … to …, or `none`.")
@click.option("--missed", type=click.Choice(MISSED), help="What becomes of slots nobody started.")
@click.option("--mode", type=click.Choice(MODES), help="Of the automatic run.")
@click.option("--retries", type=int, metavar="N", help="How often a failed run is tried again.")
@click.option("--retry-wait", type=int, metavar="MIN", help="Minutes before each of them.")
@as_json_option
def set_(source: str, off: bool, as_json: bool, **given: Any) -> int:
    """Choose when SOURCE syncs by itself. What is not given stays as it is.

    Times are Tehran's. With --at alone it comes every day.
    """
    changes = _changes(**given)
    with installation(data=False) as (settings, databases):
        saved = save_schedule(
            databases,
            command_line_actor(),
            find_source(settings, source).name,
            enabled=not off,
            **changes,
        )
    if as_json:
        print_json(_told(saved))
        return 0
    following = f"; next at {saved.next_due_at:%Y-%m-%d %H:%M}Z" if saved.next_due_at else ""
    click.echo(f"{source}: {told(timing_of(saved))}, {'off' if off else 'on'}{following}")
    return 0


def _changes(
    *,
    every: int | None,
    unit: str,
    times: tuple[time, ...],
    jalali_day: int | None,
    days: tuple[tuple[int, ...], ...],
    quiet: tuple[time | None, time | None] | None,
    **others: Any,
) -> Changes:
    weekdays = tuple(number for chosen in days for number in chosen)
    if sum((every is not None, bool(weekdays), jalali_day is not None)) > 1 or (every and times):
        raise click.UsageError("Give --every, or --at with --on or with --jalali-day.")
    names = {"retry_wait": "retry_wait_minutes"}
    changes = {names.get(name, name): value for name, value in others.items() if value is not None}
    if quiet is not None:
        changes["quiet_from"], changes["quiet_to"] = quiet
    if times:
        changes["times"] = times
    if every is not None:
        changes |= {"kind": EVERY, "interval_value": every, "interval_unit": unit}
    elif jalali_day is not None:
        changes |= {"kind": MONTHLY, "month_day": jalali_day}
    elif times or weekdays:
        changes |= {"kind": WEEKLY, "weekdays": weekdays or tuple(range(len(WEEKDAYS)))}
    return cast("Changes", changes)


def _told(row: Schedule) -> dict[str, Any]:
    timing = timing_of(row)
    quiet = (timing.quiet_from, timing.quiet_to)
    return {
        **{name: getattr(row, name) for name in (*FIELDS, *STATE)},
        "kind": timing.kind,
        "when": told(timing),
        "times": [clock(at) for at in timing.times],
        "weekdays": [WEEKDAYS[number] for number in timing.weekdays],
        "jalali_day": timing.month_day,
        "quiet": "-".join(clock(at) for at in quiet if at) or None,
        "upcoming": [_coming(coming) for coming in next_runs(row, utc_now())],
    }


def _coming(coming: Coming) -> dict[str, Any]:
    return {"at": coming.at, "retry": coming.retry, "missed": coming.missed}


def _remarks(row: dict[str, Any]) -> list[str]:
    """What a schedule does that its times do not tell."""
    found = []
    if row["held_until"] and row["held_until"] > utc_now():
        found.append(f"after {row['failures']} failures in a row it waits longer.")
    if row["retry_at"]:
        found.append(f"run {row['retry_of']} is tried again at {row['retry_at']:%H:%M}Z.")
    return found
