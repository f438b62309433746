"""`schedule install`, `remove` and `callers`: who calls `tick`, for operators without a browser."""

import shlex
from typing import Any

import click

from sync_core.access.permissions import command_line_actor
from sync_core.cli.installation import installation
from sync_core.cli.output import as_json_option, cell, print_json, print_table, remark
from sync_core.schedule.caller_files import (
    CRONTAB,
    KINDS,
    WINDOWS_TASK,
    caller_commands,
    write_caller_files,
)
from sync_core.schedule.caller_state import CallerState, caller_state
from sync_core.schedule.callers import last_calls
from sync_core.schedule.crontab_install import install_crontab, remove_crontab

kind_option = click.option(
    "--kind", type=click.Choice(KINDS), default=CRONTAB, show_default=True, help="Who is to call."
)


@click.command()
@kind_option
@as_json_option
def install(kind: str, as_json: bool) -> int:
    """Let cron call `tick` every minute; for the others write the files and say the commands."""
    actor = command_line_actor()
    with installation(data=False) as (settings, databases):
        files = write_caller_files(settings, actor, kind)
        if kind == CRONTAB:
            install_crontab(settings, databases, actor)
        commands = [] if kind == CRONTAB else caller_commands(settings, actor, kind).install
        state = caller_state(settings, actor, kind)
    if as_json:
        print_json({**_told(state), "files": files, "commands": _lines(kind, commands)})
        return 0
    for file in files:
        remark(f"Written: {file}")
    _say(state, kind, commands, "install it")
    return 0


@click.command()
@kind_option
@as_json_option
def remove(kind: str, as_json: bool) -> int:
    """Take the block out of the crontab; for the others say the commands that remove them."""
    actor = command_line_actor()
    with installation(data=False) as (settings, databases):
        if kind == CRONTAB:
            remove_crontab(settings, databases, actor)
        commands = [] if kind == CRONTAB else caller_commands(settings, actor, kind).remove
        state = caller_state(settings, actor, kind)
    if as_json:
        print_json({**_told(state), "commands": _lines(kind, commands)})
        return 0
    _say(state, kind, commands, "remove it")
    return 0


@click.command()
@as_json_option
def callers(as_json: bool) -> int:
    """Who calls `tick`: what is installed, whether it is as wanted, and when each last came."""
    actor = command_line_actor()
    with installation(data=False) as (settings, databases):
        calls = {call.caller: call for call in last_calls(databases, actor)}
        states = [caller_state(settings, actor, kind) for kind in KINDS]
    if as_json:
        told = [_told(state) | {"last_call": _called(calls, state.caller)} for state in states]
        known = {state.caller for state in states}
        others = [{"kind": name, "last_call": _called(calls, name)} for name in calls]
        print_json([*told, *(one for one in others if one["kind"] not in known)])
        return 0
    rows = [(state.kind, state.state, _called(calls, state.caller)) for state in states]
    known = {state.caller for state in states}
    rows += [(name, "", calls[name].at) for name in calls if name not in known]
    print_table(("caller", "state", "last_call"), rows)
    for state in states:
        _explain(state)
    return 0


def _say(state: CallerState, kind: str, commands: list[list[str]], doing: str) -> None:
    if commands:
        where = " in the Command Prompt" if kind == WINDOWS_TASK else ""
        remark(f"Nothing is changed yet. To {doing}, call{where}:")
        for line in _lines(kind, commands):
            click.echo(f"    {line}")
    click.echo(f"{state.kind}: {state.state}")
    _explain(state)


def _explain(state: CallerState) -> None:
    if state.trouble is not None:
        click.echo(f"{state.kind}: {state.trouble}")
    for part in state.differing:
        click.echo(f"{state.kind}: {part.name}: {cell(part.found)}, wanted: {cell(part.wanted)}")


def _lines(kind: str, commands: list[list[str]]) -> list[str]:
    if kind == WINDOWS_TASK:
        return [line for (line,) in commands]
    return [shlex.join(words) for words in commands]


def _called(calls: dict[str, Any], caller: str) -> Any:
    return calls[caller].at if caller in calls else None


def _told(state: CallerState) -> dict[str, Any]:
    parts = [
        {"part": one.name, "wanted": one.wanted, "found": one.found} for one in state.differing
    ]
    return {
        "kind": state.kind,
        "caller": state.caller,
        "state": state.state,
        "place": state.place,
        "differing": parts,
        "error": str(state.trouble) if state.trouble else None,
    }
