"""`init`: makes or migrates both databases. It touches no data and may be called at any time."""

import click

from sync_core.access import audit
from sync_core.access.permissions import command_line_actor
from sync_core.cli.installation import opened
from sync_core.cli.output import as_json_option, print_json
from sync_core.engine.register import register_sources
from sync_core.ops.gateway_account import with_gateway
from sync_core.store.engines import Databases
from sync_core.store.migrate import prepare

LOST = (
    "Make also what is lost. A new data database is empty until the next full run: the history of"
    " changes and of missing people is gone. With the control database go users, schedules, the"
    " history of runs and the audit log."
)


@click.command()
@click.option("--anew", is_flag=True, help=LOST)
@as_json_option
def init(anew: bool, as_json: bool) -> int:
    """Make both databases, or bring them to this version."""
    with opened() as (settings, databases):
        made = prepare(settings, databases, anew=anew)
        if anew and made:
            _tell(databases, made)
        known = register_sources(with_gateway(settings, databases), databases)
    where = {
        "home": str(settings.home),
        "control": str(databases.control.file or "PostgreSQL"),
        "data": str(databases.data.file or "PostgreSQL"),
    }
    if as_json:
        print_json({**where, "sources": list(known)})
        return 0
    for name, place in where.items():
        click.echo(f"{name:<8} {place}")
    click.echo(f"{'sources':<8} {', '.join(known)}")
    return 0


def _tell(databases: Databases, made: tuple[str, ...]) -> None:
    with databases.control.write() as session:
        actor, planes = command_line_actor(), " and ".join(made)
        audit.record(session, actor, audit.DATABASE_MADE_ANEW, planes)
