"""`schedule show` and `schedule set`, for operators without a browser."""

from typing import Any

import click

from sync_core.access.permissions import command_line_actor
from sync_core.cli.installation import installation
from sync_core.cli.output import as_json_option, print_json, print_table
from sync_core.engine.source import find_source
from sync_core.schedule.crontab import crontab_block, write_crontab_file
from sync_core.schedule.interval import UNITS
from sync_core.schedule.plans import last_fired, read_schedules, save_schedule
from sync_core.store.control import Schedule

FIELDS = ("source", "enabled", "interval_value", "interval_unit", "mode", "next_due_at")


@click.group()
def schedule() -> None:
    """When sources sync by themselves."""


@schedule.command()
@as_json_option
def show(as_json: bool) -> int:
    """The schedules, the crontab block that calls them, and when it last did."""
    with installation(data=False) as (settings, databases):
        rows = [_told(row) for row in read_schedules(databases)]
        fired_at, file = last_fired(databases), write_crontab_file(settings)
    if as_json:
        print_json(rows)
        return 0
    print_table(FIELDS, ([row[name] for name in FIELDS] for row in rows))
    click.echo(f"\ntick last ran: {fired_at or 'never'}")
    click.echo(f"To let cron call it, add the lines of {file} to `crontab -e`:\n")
    click.echo(crontab_block(settings), nl=False)
    return 0


@schedule.command("set")
@click.argument("source")
@click.option("--every", type=click.IntRange(min=1), required=True, metavar="N")
@click.option("--unit", type=click.Choice(list(UNITS)), default="minutes", show_default=True)
@click.option("--on/--off", "enabled", default=True, help="Automatic or not.")
@as_json_option
def set_(source: str, every: int, unit: str, enabled: bool, as_json: bool) -> int:
    """Let SOURCE sync every N minutes, hours or days."""
    with installation(data=False) as (settings, databases):
        saved = save_schedule(
            databases,
            command_line_actor(),
            find_source(settings, source).name,
            enabled=enabled,
            interval_value=every,
            interval_unit=unit,
        )
    if as_json:
        print_json(_told(saved))
    else:
        following = f"; next at {saved.next_due_at:%Y-%m-%d %H:%M}Z" if saved.next_due_at else ""
        click.echo(f"{source}: every {every} {unit}, {'on' if enabled else 'off'}{following}")
    return 0


def _told(row: Schedule) -> dict[str, Any]:
    return {name: getattr(row, name) for name in (*FIELDS, "last_fired_at", "updated_by")}
