"""The tree of commands. Each is imported when it is named, so that `tick` stays light."""

from importlib import import_module

import click

COMMANDS = {
    "init": "setup:init",
    "sync": "sync:sync",
    "start": "sync:start",
    "supervise": "sync:supervise",
    "cancel": "sync:cancel",
    "retry": "retry:retry",
    "status": "look:status",
    "runs": "look:runs",
    "show": "look:show",
    "logs": "look:logs",
    "tick": "tick:tick",
    "schedule": "schedule:schedule",
    "doctor": "doctor:doctor",
    "user": "user:user",
    "campuses": "campuses:campuses",
    "serve": "serve:serve",
    "demo": "demo:demo",
}
"""Command → module of this package and its name there."""


class CommandTree(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name].split(":")
        command: click.Command = getattr(import_module(f"sync_core.cli.{module}"), name)
        return command


@click.command(cls=CommandTree, context_settings={"help_option_names": ["-h", "--help"]})
def app() -> None:
    """Keeps the faculty and student tables in step with the gateway.

    Exit codes: 0 success; 1 the run failed; 2 bad usage or configuration;
    3 another run of that source is active.
    """
