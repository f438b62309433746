"""`user …`: who may log in. A password comes from a prompt or stdin, never from an argument."""

import sys
from dataclasses import asdict

import click

from sync_core.access.open_sessions import end_sessions_of, sessions_of
from sync_core.access.passwords import one_time
from sync_core.access.permissions import ROLES, VIEWER, command_line_actor
from sync_core.access.users import (
    add_user,
    canonical_name,
    change_role,
    list_users,
    set_disabled,
    set_password,
)
from sync_core.base.errors import ConfigError
from sync_core.cli.installation import installation
from sync_core.cli.output import as_json_option, print_json, print_table, remark

from_stdin_option = click.option(
    "--password-stdin", "from_stdin", is_flag=True, help="Read the password's line from stdin."
)
one_time_option = click.option(
    "--one-time",
    "once",
    is_flag=True,
    help="Print a password that must be changed at the first login.",
)
name_argument = click.argument("name")
COLUMNS = ("name", "role", "disabled", "sessions", "last_login_at", "created_at")
SESSION_COLUMNS = ("created_at", "last_seen_at", "address", "agent")


@click.group()
def user() -> None:
    """People who may log in."""


@user.command()
@name_argument
@click.option("--role", type=click.Choice(ROLES), default=VIEWER, show_default=True)
@from_stdin_option
@one_time_option
@as_json_option
def add(name: str, role: str, from_stdin: bool, once: bool, as_json: bool) -> int:
    """Add NAME and set a password."""
    with installation(data=False) as (_settings, databases):
        password = _password(from_stdin, once)
        added = add_user(databases, command_line_actor(), name, password, role, must_change=once)
    told = {**asdict(added), **({"password": password} if once else {})}
    _say(f"Added {added.name} ({added.role}).", told, as_json)
    _hand_out(password, once and not as_json)
    return 0


@user.command()
@name_argument
@from_stdin_option
@one_time_option
@as_json_option
def passwd(name: str, from_stdin: bool, once: bool, as_json: bool) -> int:
    """Set NAME's password; ends all of NAME's sessions."""
    with installation(data=False) as (_settings, databases):
        password = _password(from_stdin, once)
        set_password(databases, command_line_actor(), name, password, must_change=once)
    told = {"name": name, "changed": True, **({"password": password} if once else {})}
    _say(f"The password of {name} was set.", told, as_json)
    _hand_out(password, once and not as_json)
    return 0


@user.command()
@name_argument
@click.argument("role", type=click.Choice(ROLES))
@as_json_option
def role(name: str, role: str, as_json: bool) -> int:
    """Give NAME another role; ends all of NAME's sessions."""
    with installation(data=False) as (_settings, databases):
        change_role(databases, command_line_actor(), name, role)
    name = canonical_name(name)
    _say(f"{name} is {role} now.", {"name": name, "role": role}, as_json)
    return 0


@user.command()
@name_argument
@as_json_option
def disable(name: str, as_json: bool) -> int:
    """Let NAME in no more; the account and its history stay."""
    return _set_disabled(name, True, as_json)


@user.command()
@name_argument
@as_json_option
def enable(name: str, as_json: bool) -> int:
    """Let NAME in again."""
    return _set_disabled(name, False, as_json)


@user.command()
@name_argument
@as_json_option
def sessions(name: str, as_json: bool) -> int:
    """Where NAME is logged in."""
    with installation(data=False) as (_settings, databases):
        found = sessions_of(databases, command_line_actor(), name)
    rows = [{column: getattr(row, column) for column in SESSION_COLUMNS} for row in found]
    if as_json:
        print_json(rows)
    else:
        print_table(SESSION_COLUMNS, ([row[name] for name in SESSION_COLUMNS] for row in rows))
    return 0


@user.command()
@name_argument
@as_json_option
def logout(name: str, as_json: bool) -> int:
    """End every session of NAME."""
    with installation(data=False) as (_settings, databases):
        ended = end_sessions_of(databases, command_line_actor(), name)
    _say(f"{ended} sessions of {name} were ended.", {"name": name, "ended": ended}, as_json)
    return 0


@user.command("list")
@as_json_option
def list_(as_json: bool) -> int:
    """Everybody who may log in."""
    with installation(data=False) as (_settings, databases):
        rows = [asdict(row) for row in list_users(databases, command_line_actor())]
    if as_json:
        print_json(rows)
    else:
        print_table(COLUMNS, ([row[name] for name in COLUMNS] for row in rows))
    return 0


def _set_disabled(name: str, disabled: bool, as_json: bool) -> int:
    with installation(data=False) as (_settings, databases):
        set_disabled(databases, command_line_actor(), name, disabled)
    name = canonical_name(name)
    words = f"{name} may log in {'no more' if disabled else 'again'}."
    _say(words, {"name": name, "disabled": disabled}, as_json)
    return 0


def _say(words: str, told: dict[str, object], as_json: bool) -> None:
    if as_json:
        print_json(told)
    else:
        click.echo(words)


def _hand_out(password: str, wanted: bool) -> None:
    """On stdout alone, for whoever sits there; a remark says what it is."""
    if wanted:
        remark("One-time password, shown this once:")
        click.echo(password)


def _password(from_stdin: bool, once: bool) -> str:
    if from_stdin and once:
        raise click.UsageError("Give one of --password-stdin and --one-time.")
    if once:
        return one_time()
    if not from_stdin:
        prompt: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return prompt
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise ConfigError("stdin held no password.", hint="Pipe one line into the command.")
    return line
