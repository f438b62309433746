"""`prune`: deletes what is older than the settings say it is kept."""

from dataclasses import asdict

import click

from sync_core.access.permissions import command_line_actor
from sync_core.cli.installation import installation
from sync_core.cli.output import as_json_option, print_json, print_table


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say what there is, and what would go.")
@as_json_option
def prune(dry_run: bool, as_json: bool) -> int:
    """Delete changes, rejects, logs, runs and alerts that are older than the settings keep them."""
    from sync_core.ops import retention

    act = retention.survey if dry_run else retention.prune
    with installation() as (settings, databases):
        held = act(settings, databases, command_line_actor())
    if as_json:
        print_json([{**asdict(one), "deleted": 0 if dry_run else one.old} for one in held])
        return 0
    rows = [(one.kind, _days(one.days), one.there, one.old) for one in held]
    print_table(("kind", "kept", "there", "would go" if dry_run else "deleted"), rows)
    return 0


def _days(days: int | None) -> str:
    if days is None:
        return "as long as used"
    return f"{days} days" if days else "for ever"
