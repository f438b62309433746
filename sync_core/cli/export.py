"""`export SOURCE`: the people of a filter as a file. A file is whole, or it is not there."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkstemp
from typing import BinaryIO

import click

from sync_core.access.permissions import command_line_actor
from sync_core.base.errors import ConfigError
from sync_core.cli.installation import installation
from sync_core.cli.output import as_json_option, print_json, remark
from sync_core.engine.source import Source, find_source
from sync_core.inspect.export import CSV, FORMATS, ExportRequest, export_people
from sync_core.inspect.masking import open_columns
from sync_core.inspect.people_filter import ALL, MISSING_ONLY, REPORTED, PeopleFilter
from sync_core.store.meanings import disk_full

STDOUT = Path("-")


@click.command()
@click.argument("source")
@click.option("--format", "kind", type=click.Choice(FORMATS), help="Default: as FILE ends, or csv.")
@click.option(
    "--output",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Default: SOURCE.csv or SOURCE.xlsx in this folder; - is stdout.",
)
@click.option("--force", is_flag=True, help="Replace FILE where there is one.")
@click.option(
    "--where",
    "facets",
    multiple=True,
    metavar="COLUMN=VALUE",
    help="Only with this value, or with none: COLUMN=. Of one column any of them.",
)
@click.option("--text", default="", help="A part of a name, or the whole of a number.")
@click.option("--reported", "which", flag_value=REPORTED, help="Only whom the gateway reports.")
@click.option("--missing", "which", flag_value=MISSING_ONLY, help="Only who is gone from it.")
@click.option(
    "--changed-in", type=click.IntRange(min=1), metavar="RUN", help="Only whom RUN changed."
)
@click.option("--unmasked", is_flag=True, help="With the personal columns; needs --reason.")
@click.option("--reason", help="Why; it is kept on record.")
@as_json_option
def export(
    source: str,
    kind: str | None,
    file: Path | None,
    force: bool,
    facets: tuple[str, ...],
    text: str,
    which: str | None,
    changed_in: int | None,
    unmasked: bool,
    reason: str | None,
    as_json: bool,
) -> int:
    """Write the rows of SOURCE to a file, masked as on the screen."""
    _check_together(file, unmasked, reason, as_json)
    with installation() as (settings, databases):
        found = find_source(settings, source)
        wanted = PeopleFilter(
            which or ALL, text, tuple(_facet(found, given) for given in facets), changed_in
        )
        kind = kind or _kind_of(file)
        file = file or Path(f"{found.name}.{kind}")
        request = ExportRequest(found, wanted, kind, (reason or "") if unmasked else None)
        with (
            _written(file, force) as output,
            export_people(settings, databases, command_line_actor(), request) as made,
        ):
            for chunk in made.chunks:
                output.write(chunk)
    return _tell(file, request, made.rows, as_json)


def _check_together(file: Path | None, unmasked: bool, reason: str | None, as_json: bool) -> None:
    if reason is not None and not unmasked:
        raise click.UsageError("--reason is for --unmasked.")
    if as_json and file == STDOUT:
        raise click.UsageError("--json needs a FILE: stdout is the file itself.")


def _kind_of(file: Path | None) -> str:
    suffix = file.suffix.lower().removeprefix(".") if file else ""
    return suffix if suffix in FORMATS else CSV


def _facet(source: Source, given: str) -> tuple[str, str | None]:
    name, separator, value = given.partition("=")
    if separator and name in {*open_columns(source), *source.parts}:
        return name, value or None
    raise ConfigError(
        f"--where {given[:40]!r} names no column that everybody may see.",
        hint=f"Write COLUMN=VALUE; the columns are {', '.join(open_columns(source))}.",
    )


@contextmanager
def _written(file: Path, force: bool) -> Iterator[BinaryIO]:
    """Beside it first; it gets its name when it is whole. Only its owner may read it."""
    if file == STDOUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    _refuse_present(file, force)
    try:
        handle, name = mkstemp(prefix=f".{file.name}-", suffix=".part", dir=file.parent)
    except OSError as exc:
        raise disk_full(exc) or _unwritable(file) from exc
    try:
        with os.fdopen(handle, "wb") as output:
            yield output
            output.flush()
            os.fsync(output.fileno())
        _refuse_present(file, force)
        os.replace(name, file)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise


def _refuse_present(file: Path, force: bool) -> None:
    if file.exists() and not force:
        raise ConfigError(f"{file} is there already.", hint="Name another file, or add --force.")


def _unwritable(file: Path) -> ConfigError:
    return ConfigError(f"{file} cannot be written.", hint="Name a file in your folder.")


def _tell(file: Path, request: ExportRequest, rows: int, as_json: bool) -> int:
    if as_json:
        told = {"source": request.source.name, "format": request.format, "rows": rows}
        print_json({"file": str(file), **told, "unmasked": request.reason is not None})
    elif file == STDOUT:
        remark(f"{rows:,} rows")
    else:
        click.echo(f"{rows:,} rows in {file}")
    return 0
