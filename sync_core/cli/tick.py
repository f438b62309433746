"""The command that cron calls every minute."""

import sys
from typing import Any

import click

from sync_core.cli.installation import installation
from sync_core.cli.output import as_json_option, print_json, remark
from sync_core.schedule.tick import Fired, TickResult
from sync_core.schedule.tick import tick as turn


@click.command()
@as_json_option
def tick(as_json: bool) -> int:
    """Start what is due, and end runs that died. Calling it twice does no harm."""
    with installation(data=False) as (settings, databases):
        result = turn(settings, databases)
    for line in _lines(result):
        remark(f"{result.at:%Y-%m-%d %H:%M:%SZ} {line}")
    if as_json:
        print_json(_object(result))
    elif sys.stdout.isatty() and not (result.reaped or result.fired):
        remark("Nothing is due.")  # in cron's log this would be a line every minute
    failures = [fired.error for fired in result.fired if fired.error and not fired.busy]
    return max((error.exit_code for error in failures), default=0)


def _lines(result: TickResult) -> list[str]:
    ended = [f"run {run_id} had died: ended" for run_id in result.reaped]
    return [*ended, *(f"{fired.source}: {_outcome(fired)}" for fired in result.fired)]


def _outcome(fired: Fired) -> str:
    missed = f" ({fired.missed} missed before it)" if fired.missed else ""
    if fired.run_id is not None:
        return f"started run {fired.run_id}{missed}"
    return f"{'not started' if fired.busy else 'failed to start'}{missed}: {fired.error}"


def _object(result: TickResult) -> dict[str, Any]:
    return {
        "at": result.at,
        "reaped": result.reaped,
        "fired": [
            {
                "source": fired.source,
                "run_id": fired.run_id,
                "missed": fired.missed,
                "error": fired.error.code if fired.error else None,
                "message": str(fired.error) if fired.error else None,
            }
            for fired in result.fired
        ],
    }
