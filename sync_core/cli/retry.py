"""`retry`: runs again what a run left open, also with what the guards refused."""

import click

from sync_core.access.permissions import command_line_actor
from sync_core.cli.installation import installation
from sync_core.cli.output import as_json_option
from sync_core.cli.progress import watching
from sync_core.cli.sync import run_argument, tell_ended, tell_started


@click.command()
@run_argument
@click.option(
    "--accept-shrink",
    "kinds",
    flag_value="shrink",
    multiple=True,
    help="It is right that its parts, or the table, became so much smaller.",
)
@click.option(
    "--accept-rejects",
    "kinds",
    flag_value="rejects",
    multiple=True,
    help="It is right that so many records cannot become rows.",
)
@click.option("--reason", default="", help="Why it is right; kept in the audit log.")
@click.option("--background", is_flag=True, help="Print the new run's number and do not wait.")
@as_json_option
def retry(run_id: int, kinds: tuple[str, ...], reason: str, background: bool, as_json: bool) -> int:
    """Run again what RUN left open, and wait for its end."""
    from sync_core.runs.retry import Consent, retry_here, retry_run

    actor, consent = command_line_actor(), Consent(tuple(dict.fromkeys(kinds)), reason)
    with installation() as (settings, databases):
        if background:
            run = retry_run(settings, databases, run_id, actor=actor, consent=consent)
            return tell_started(run.id, run.source, as_json)
        with watching() as watch:
            run = retry_here(settings, databases, run_id, actor=actor, consent=consent, watch=watch)
    return tell_ended(run, as_json)
