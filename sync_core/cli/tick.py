"""The command that cron calls every minute. Where nothing is due, it imports next to nothing."""

import os
import sys
from pathlib import Path
from typing import Any

import click

from sync_core.base.clock import utc_now
from sync_core.base.settings import load
from sync_core.cli.output import as_json_option, print_json, remark
from sync_core.schedule.caller_names import CALLERS, HAND
from sync_core.schedule.carried import PLACES
from sync_core.schedule.glance import all_quiet
from sync_core.schedule.outcome import Fired, TickResult


@click.command()
@click.option("--caller", type=click.Choice(CALLERS), default=HAND, help="Who calls.")
@click.option("--log", type=click.Path(path_type=Path), hidden=True)
@click.option("--place", "places", multiple=True, metavar="NAME=VALUE", hidden=True)
@as_json_option
def tick(caller: str, log: Path | None, places: tuple[str, ...], as_json: bool) -> int:
    """Start what is due, and end runs that died. Calling it twice does no harm."""
    if log is not None:
        _write_into(log)
    _take(places)
    result = _quiet(caller) or _turn(caller)
    for line in said(result):
        remark(line)
    if as_json:
        print_json(_object(result))
    elif sys.stdout.isatty() and not said(result):
        remark("Nothing is due.")  # in cron's log this would be a line every minute
    failures = [fired.error for fired in result.fired if fired.error and not fired.busy]
    return max((error.exit_code for error in failures), default=0)


def _quiet(caller: str) -> TickResult | None:
    now = utc_now()
    return TickResult(now) if all_quiet(load(), now, caller) else None


def _turn(caller: str) -> TickResult:
    # These take several times as long to import as a quiet tick takes as a whole.
    from sync_core.cli.installation import installation
    from sync_core.runs.afterwards import look_after
    from sync_core.schedule.tick import tick as turn

    with installation(data=False) as (settings, databases):
        result = turn(settings, databases, caller=caller)
        look_after(settings, databases)
    return result


def _write_into(log: Path) -> None:
    """Windows' interpreter without a window has no output of its own."""
    log.parent.mkdir(parents=True, exist_ok=True)
    sys.stdout = sys.stderr = log.open("a", encoding="utf-8", buffering=1)


def _take(places: tuple[str, ...]) -> None:
    """Settings for a caller that can give us no environment."""
    for place in places:
        name, _, value = place.partition("=")
        if name not in PLACES:
            raise click.BadParameter(f"--place names one of {', '.join(PLACES)}.")
        os.environ[f"HAMGAM_{name}"] = value


def said(result: TickResult) -> list[str]:
    """Lines for the log: nothing where nothing happened."""
    ended = [f"run {run_id} had died: ended" for run_id in result.reaped]
    told = [*ended, *(f"{fired.source}: {_outcome(fired)}" for fired in result.fired)]
    skipped = [f"{source}: {n} missed slots skipped" for source, n in result.skipped.items()]
    return [f"{result.at:%Y-%m-%d %H:%M:%SZ} {line}" for line in [*told, *skipped]]


def _outcome(fired: Fired) -> str:
    missed = f" ({fired.missed} missed before it)" if fired.missed else ""
    if fired.retry_of is not None:
        missed = f", to retry run {fired.retry_of}"
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
                "retry_of": fired.retry_of,
                "error": fired.error.code if fired.error else None,
                "message": str(fired.error) if fired.error else None,
            }
            for fired in result.fired
        ],
        "skipped": result.skipped,
    }
