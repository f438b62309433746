"""`init`: makes or migrates both databases. It touches no data and may be called at any time."""

import click

from sync_core.cli.installation import installation
from sync_core.cli.output import as_json_option, print_json
from sync_core.engine.register import register_sources


@click.command()
@as_json_option
def init(as_json: bool) -> int:
    """Make both databases, or bring them to this version."""
    with installation() as (settings, databases):
        known = register_sources(settings, databases)
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
