"""The tree of commands. Each is imported when it is named, so that `tick` stays light."""

from collections.abc import Callable
from copy import copy
from importlib import import_module

import click

from sync_core.access import matrix, permissions
from sync_core.access.permissions import require

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
    "scheduler": "scheduler:scheduler",
    "schedule": "schedule:schedule",
    "alerts": "alerts:alerts",
    "doctor": "doctor:doctor",
    "export": "export:export",
    "prune": "prune:prune",
    "user": "user:user",
    "campuses": "campuses:campuses",
    "serve": "serve:serve",
    "demo": "demo:demo",
}
"""Command → module of this package and its name there."""


def asking_first(command: click.Command, path: str) -> click.Command:
    """The command, which asks for the permission that its place in the table names."""
    if isinstance(command, click.Group):
        asking = {
            name: asking_first(sub, f"{path} {name}") for name, sub in command.commands.items()
        }
        return click.Group(command.name, commands=asking, help=command.help)
    asked = copy(command)
    asked.callback = _asking(command.callback, path)
    return asked


def _asking(callback: Callable[..., object] | None, path: str) -> Callable[..., object]:
    def ask_and_call(*args: object, **kwargs: object) -> object:
        require(permissions.command_line_actor(), matrix.COMMANDS[path])
        return callback(*args, **kwargs) if callback else None

    return ask_and_call


class CommandTree(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name].split(":")
        command: click.Command = getattr(import_module(f"sync_core.cli.{module}"), name)
        return asking_first(command, cmd_name)


@click.command(cls=CommandTree, context_settings={"help_option_names": ["-h", "--help"]})
def app() -> None:
    """Keeps the faculty and student tables in step with the gateway.

    Exit codes: 0 success; 1 the run failed; 2 bad usage or configuration;
    3 another run of that source is active.
    """
