"""`campuses import|export FILE`: the table that says which campuses a run covers."""

from dataclasses import asdict
from pathlib import Path

import click

from sync_core.access.permissions import command_line_actor
from sync_core.base.errors import ConfigError
from sync_core.cli.installation import installation
from sync_core.cli.output import as_json_option, print_json
from sync_core.ops.campuses import export_campuses, import_campuses

file_argument = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))


@click.group()
def campuses() -> None:
    """The campuses (pardis) that a run of the students covers."""


@campuses.command("import")
@file_argument
@as_json_option
def import_(file: Path, as_json: bool) -> int:
    """Replace the table by FILE: pardis_code,name[,province_code,type], in UTF-8."""
    try:
        content = file.read_bytes()
    except OSError as exc:
        raise ConfigError(f"{file} cannot be read.", hint="Name a CSV file.") from exc
    with installation() as (_settings, databases):
        replaced = asdict(import_campuses(databases, command_line_actor(), content))
    if as_json:
        print_json(replaced)
    else:
        click.echo(", ".join(f"{count} {what}" for what, count in replaced.items()))
    return 0


@campuses.command("export")
@file_argument
@as_json_option
def export(file: Path, as_json: bool) -> int:
    """Write the table to FILE, in the form that `import` takes."""
    with installation() as (_settings, databases):
        text = export_campuses(databases, command_line_actor())
    try:
        file.write_text(text, encoding="utf-8", newline="")
    except OSError as exc:
        raise ConfigError(f"{file} cannot be written.", hint="Name a file in your folder.") from exc
    count = len(text.splitlines()) - 1
    if as_json:
        print_json({"file": str(file), "campuses": count})
    else:
        click.echo(f"{count} campuses in {file}")
    return 0
