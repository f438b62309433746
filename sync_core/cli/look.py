"""Commands that only read: the sources' state, the history, one run, its log."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from sync_core.cli.installation import installation
from sync_core.cli.output import as_json_option, cell, print_json, print_table
from sync_core.cli.sync import run_argument
from sync_core.store import runs as queries
from sync_core.store.control import COUNTS
from sync_core.store.states import source_states

if TYPE_CHECKING:
    from sync_core.store.control import Run, RunUnit

SOURCE_COLUMNS = ("source", "status", "run_id", "records_synced", "last_sync_at", "next_sync_at")
RUN_COLUMNS = ("run_id", "source", "status", "error_class", "created_at", "fetched", "inserted")
TIMES = ("created_at", "started_at", "finished_at")
UNIT_COLUMNS = (
    "unit",
    "status",
    "error_class",
    "error_message",
    "duration_s",
    "skipped",
    *COUNTS,
)
TAIL = 200


@click.command()
@as_json_option
def status(as_json: bool) -> int:
    """What is true of each source now."""
    with installation(data=False) as (_settings, databases), databases.control.read() as session:
        states = source_states(session)
    _print_all(states, SOURCE_COLUMNS, as_json, "No source was prepared yet: run init.")
    return 0


@click.command()
@click.option("--source", help="Only runs of this source.")
@click.option("--limit", type=click.IntRange(1, 1_000), default=20, show_default=True)
@as_json_option
def runs(source: str | None, limit: int, as_json: bool) -> int:
    """The latest runs, newest first."""
    with installation(data=False) as (_settings, databases), databases.control.read() as session:
        latest = [_told(run) for run in queries.latest_runs(session, source=source, limit=limit)]
    _print_all(latest, RUN_COLUMNS, as_json, "Nothing has run yet: try `sync SOURCE`.")
    return 0


@click.command()
@run_argument
@as_json_option
def show(run_id: int, as_json: bool) -> int:
    """One run: its counts, its outcome and its units."""
    with installation(data=False) as (_settings, databases), databases.control.read() as session:
        told = _told(queries.get_run(session, run_id))
        units = [_told_unit(unit) for unit in queries.units_of(session, run_id)]
    if as_json:
        print_json({**told, "units": units})
        return 0
    for name, value in told.items():
        click.echo(f"{name:>16}  {cell(value)}")
    failed = [unit for unit in units if unit["status"] != "success"]
    if failed:
        columns = UNIT_COLUMNS[:4]
        print_table(columns, ([unit[name] for name in columns] for unit in failed))
    return 0


@click.command()
@run_argument
@click.option("--lines", type=click.IntRange(min=1), help=f"How many; default: the last {TAIL}.")
@click.option("--all", "everything", is_flag=True, help="From the first line.")
@as_json_option
def logs(run_id: int, lines: int | None, everything: bool, as_json: bool) -> int:
    """What RUN wrote."""
    with installation(data=False) as (settings, databases):
        with databases.control.read() as session:
            queries.get_run(session, run_id)
        path = settings.run_log(run_id)
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    chosen = text.splitlines() if everything else text.splitlines()[-(lines or TAIL) :]
    if as_json:
        print_json({"run_id": run_id, "lines": chosen})
    else:
        sys.stdout.writelines(f"{line}\n" for line in chosen)
    return 0


def _print_all(
    rows: Sequence[dict[str, Any]], columns: Sequence[str], as_json: bool, empty: str
) -> None:
    if as_json:
        print_json(rows)
    elif rows:
        print_table(columns, ([row[name] for name in columns] for row in rows))
    else:
        click.echo(empty, err=True)


def _told(run: "Run") -> dict[str, Any]:
    from sync_core.runs.report import run_report

    more = ("trigger", "requested_by", "choice", "units_skipped", "left_out", "drift", *TIMES)
    return {**run_report(run), **{name: getattr(run, name) for name in more}}


def _told_unit(unit: "RunUnit") -> dict[str, Any]:
    return {name: getattr(unit, name) for name in (*UNIT_COLUMNS, "finished_at")}
