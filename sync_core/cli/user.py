"""`user add|passwd|list`. A password comes from a prompt or stdin, never from the command line."""

import sys
from dataclasses import asdict

import click

from sync_core.access.permissions import ROLES, VIEWER, command_line_actor
from sync_core.access.users import add_user, list_users, set_password
from sync_core.base.errors import ConfigError
from sync_core.cli.installation import installation
from sync_core.cli.output import as_json_option, print_json, print_table

from_stdin_option = click.option(
    "--password-stdin", "from_stdin", is_flag=True, help="Read the password's line from stdin."
)
COLUMNS = ("name", "role", "disabled", "created_at")


@click.group()
def user() -> None:
    """People who may log in."""


@user.command()
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), default=VIEWER, show_default=True)
@from_stdin_option
@as_json_option
def add(name: str, role: str, from_stdin: bool, as_json: bool) -> int:
    """Add NAME and set a password."""
    with installation(data=False) as (_settings, databases):
        added = add_user(databases, command_line_actor(), name, _password(from_stdin), role)
    if as_json:
        print_json(asdict(added))
    else:
        click.echo(f"Added {added.name} ({added.role}).")
    return 0


@user.command()
@click.argument("name")
@from_stdin_option
@as_json_option
def passwd(name: str, from_stdin: bool, as_json: bool) -> int:
    """Set NAME's password; ends all of NAME's sessions."""
    with installation(data=False) as (_settings, databases):
        set_password(databases, command_line_actor(), name, _password(from_stdin))
    if as_json:
        print_json({"name": name, "changed": True})
    else:
        click.echo(f"The password of {name} was set.")
    return 0


@user.command("list")
@as_json_option
def list_(as_json: bool) -> int:
    """Everybody who may log in."""
    with installation(data=False) as (_settings, databases):
        rows = [asdict(row) for row in list_users(databases)]
    if as_json:
        print_json(rows)
    else:
        print_table(COLUMNS, ([row[name] for name in COLUMNS] for row in rows))
    return 0


def _password(from_stdin: bool) -> str:
    if not from_stdin:
        prompt: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return prompt
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise ConfigError("stdin held no password.", hint="Pipe one line into the command.")
    return line
