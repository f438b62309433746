"""`init`: makes or migrates both databases. It touches no data and may be called at any time."""

import click

from sync_core.base.clock import utc_now
from sync_core.cli.installation import installation
from sync_core.cli.output import as_json_option, print_json
from sync_core.engine.source import load_sources
from sync_core.store.syncs import SourceRow, ensure_sources


@click.command()
@as_json_option
def init(as_json: bool) -> int:
    """Make both databases, or bring them to this version."""
    with installation() as (settings, databases):
        known = load_sources(settings)
        rows = [SourceRow(s.name, settings.gateway_url, s.endpoint) for s in known.values()]
        with databases.control.write() as session:
            ensure_sources(session, rows, utc_now())
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
