"""Every command with every role in the place of the command line's: refused as the table says."""

import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import pytest

from sync_core.access import matrix, permissions
from sync_core.access.permissions import COMMAND_LINE, allows
from sync_core.cli import app as tree
from sync_core.cli.main import main
from tests.access.walk import ACTORS

Capture = pytest.CaptureFixture[str]


def leaves(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if not isinstance(command, click.Group):
        yield path
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        assert found is not None
        yield from leaves(found, (*path, name))


def leaf(path: str) -> click.Command:
    """The command itself, as its module holds it."""
    first, *rest = path.split()
    module, name = tree.COMMANDS[first].split(":")
    command = getattr(import_module(f"sync_core.cli.{module}"), name)
    for name in rest:
        command = command.commands[name]
    assert isinstance(command, click.Command)
    return command


def arguments(command: click.Command, folder: Path) -> list[str]:
    """The least that it can be called with."""
    given: list[str] = []
    for parameter in command.params:
        if parameter.required:
            named = [parameter.opts[0]] if isinstance(parameter, click.Option) else []
            given += [*named, _value(parameter.type, folder)]
    return given


def _value(kind: click.ParamType, folder: Path) -> str:
    if isinstance(kind, click.Choice):
        return str(kind.choices[0])
    if isinstance(kind, click.types.IntParamType):
        return "1"
    if isinstance(kind, click.Path):
        file = folder / "given"
        file.touch()
        return str(file)
    return "faculty"


def has_json(command: click.Command) -> bool:
    return any(parameter.name == "as_json" for parameter in command.params)


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The commands whose bodies ran; nothing is in them."""
    ran: list[str] = []

    def empty(path: str) -> None:
        def body(**_given: object) -> int:
            ran.append(path)
            return 0

        monkeypatch.setattr(leaf(path), "callback", body)

    for path in matrix.COMMANDS:
        empty(path)
    return ran


def test_it_has_a_permission_for_every_command_that_there_is() -> None:
    assert {" ".join(path) for path in leaves(tree.app)} == set(matrix.COMMANDS)


@pytest.mark.parametrize("role", ACTORS)
@pytest.mark.parametrize("path", matrix.COMMANDS)
def test_it_is_refused_exactly_where_the_table_says_so(
    path: str,
    role: str,
    ran: list[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: Capture,
) -> None:
    actor, command = ACTORS[role], leaf(path)
    monkeypatch.setattr(permissions, "command_line_actor", lambda: actor)
    as_json = ["--json"] if has_json(command) else []

    code = main([*path.split(), *arguments(command, tmp_path), *as_json])

    said = capsys.readouterr()
    if allows(actor, matrix.COMMANDS[path]):
        assert (code, ran) == (0, [path]), said.err
        return
    assert (code, ran) == (1, [])
    assert "Error:" in said.err
    if as_json:
        assert json.loads(said.out.splitlines()[-1])["error"] == "denied"


def test_it_allows_the_command_line_every_command() -> None:
    line = permissions.command_line_actor()
    assert line.role == COMMAND_LINE
    assert all(allows(line, needed) for needed in matrix.COMMANDS.values())


def test_it_shows_the_same_help_as_the_command_itself(capsys: Capture) -> None:
    for path in matrix.COMMANDS:
        main([*path.split(), "--help"])
        said = capsys.readouterr().out
        first = (leaf(path).help or "").splitlines()[0]
        assert first.split(".")[0][:40] in said
        for parameter in leaf(path).params:
            if isinstance(parameter, click.Option) and not parameter.hidden:
                assert parameter.opts[-1] in said, path
