"""What commands print: results on stdout, words about them on stderr, JSON as the last line."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click

as_json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON value as the last line on stdout."
)


def print_json(value: Any) -> None:
    """ASCII only, so that no terminal's or pipe's encoding can refuse it."""
    click.echo(json.dumps(value, default=_plain))


def complain(message: str, hint: str = "") -> None:
    click.echo(f"Error: {message}", err=True)
    if hint:
        click.echo(hint, err=True)


def remark(text: str) -> None:
    """For people: on stderr, so that stdout stays what a program reads."""
    click.echo(text, err=True)


def print_table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    cells = [list(headings), *([cell(value) for value in row] for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(headings))]
    for row in cells:
        click.echo("  ".join(map(str.ljust, row, widths)).rstrip())


def cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%SZ")
    if isinstance(value, float):
        return f"{value:.1f}"
    return str(value)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
