"""`user …` as an operator uses it: who may log in, as what, where, and with which password."""

import io
import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from sync_core.access.login import Attempt, log_in
from sync_core.access.permissions import Actor
from sync_core.access.sessions import find_actor, open_session, session_id
from sync_core.base.settings import load
from sync_core.cli.main import main
from sync_core.store.control import Base
from sync_core.store.engines import Databases, open_databases
from sync_core.store.migrate import prepare

PASSWORD = "four unrelated words"
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def databases() -> Iterator[Databases]:
    opened = open_databases(load())
    prepare(load(), opened)
    yield opened
    opened.dispose()


@pytest.fixture
def karimi(databases: Databases, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """An operator, and an administrator beside her."""
    for name, role in (("m.karimi", "operator"), ("r.ahmadi", "admin")):
        type_in(monkeypatch, PASSWORD)
        assert user(capsys, "add", name, "--role", role, "--password-stdin")[0] == 0


def type_in(monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{line}\n"))


def user(capsys: Capture, *arguments: str) -> tuple[int, Any]:
    """Exit code, and the JSON value in stdout's last line."""
    capsys.readouterr()
    code = main(["user", *arguments, "--json"])
    return code, json.loads(capsys.readouterr().out.splitlines()[-1])


def listed(capsys: Capture) -> dict[str, Any]:
    return {row["name"]: row for row in user(capsys, "list")[1]}


def entered(databases: Databases, password: str = PASSWORD) -> Actor | None:
    return log_in(databases, Attempt("m.karimi", password))


def session_of(databases: Databases) -> str:
    actor = entered(databases)
    assert actor is not None
    return session_id(open_session(databases, actor, "Mozilla/5.0 (example)"))


def test_it_has_no_user_and_no_password_before_one_is_added(
    databases: Databases, capsys: Capture
) -> None:
    assert main(["init", "--json"]) == 0
    assert user(capsys, "list") == (0, [])
    for number, name in enumerate(("admin", "root", "demo", "hamgam", "")):
        for password in ("", "admin", "demo", "password"):
            attempt = Attempt(name, password, f"192.0.{number}.{len(password)}")
            assert log_in(databases, attempt) is None
    with databases.control.read() as session:
        assert session.execute(Base.metadata.tables["users"].select()).all() == []
        assert session.execute(Base.metadata.tables["sessions"].select()).all() == []


@pytest.mark.usefixtures("karimi")
def test_it_adds_and_lists_users(capsys: Capture) -> None:
    rows = listed(capsys)
    assert {name: row["role"] for name, row in rows.items()} == {
        "m.karimi": "operator",
        "r.ahmadi": "admin",
    }
    assert not any(row["must_change"] or row["disabled"] for row in rows.values())
    assert "hash" not in json.dumps(rows)


def test_it_prints_a_one_time_password_that_must_be_changed(
    databases: Databases, capsys: Capture
) -> None:
    code, told = user(capsys, "add", "m.karimi", "--one-time")
    assert (code, told["must_change"]) == (0, True)
    actor = entered(databases, told["password"])
    assert actor is not None
    assert actor.must_change

    code, again = user(capsys, "passwd", "m.karimi", "--one-time")
    assert again["password"] != told["password"]
    assert entered(databases, told["password"]) is None
    assert entered(databases, again["password"]) is not None


def test_it_shows_a_one_time_password_to_people_on_a_line_of_its_own(
    databases: Databases, capsys: Capture
) -> None:
    assert main(["user", "add", "m.karimi", "--one-time"]) == 0
    said = capsys.readouterr()
    assert entered(databases, said.out.splitlines()[-1]) is not None
    assert said.out.splitlines()[-1] not in said.err


@pytest.mark.usefixtures("karimi")
def test_it_refuses_two_ways_to_a_password_at_once(capsys: Capture) -> None:
    for command in ("add", "passwd"):
        code, told = user(capsys, command, "m.karimi", "--one-time", "--password-stdin")
        assert (code, told["error"]) == (2, "config")


@pytest.mark.usefixtures("karimi")
def test_it_sets_a_password_and_ends_every_session(
    databases: Databases, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = session_of(databases)
    type_in(monkeypatch, "four quite other words")
    code, told = user(capsys, "passwd", "m.karimi", "--password-stdin")
    assert (code, told) == (0, {"name": "m.karimi", "changed": True})
    assert find_actor(databases, known) is None
    assert entered(databases, "four quite other words") is not None


@pytest.mark.usefixtures("karimi")
def test_it_gives_a_user_another_role(databases: Databases, capsys: Capture) -> None:
    known = session_of(databases)
    assert user(capsys, "role", "M.Karimi", "viewer") == (
        0,
        {"name": "m.karimi", "role": "viewer"},
    )
    assert listed(capsys)["m.karimi"]["role"] == "viewer"
    assert find_actor(databases, known) is None


@pytest.mark.usefixtures("karimi")
def test_it_disables_and_enables_a_user(databases: Databases, capsys: Capture) -> None:
    known = session_of(databases)
    assert user(capsys, "disable", "m.karimi")[1] == {"name": "m.karimi", "disabled": True}
    assert listed(capsys)["m.karimi"]["disabled"]
    assert find_actor(databases, known) is None
    assert entered(databases) is None
    assert user(capsys, "enable", "m.karimi")[1] == {"name": "m.karimi", "disabled": False}
    assert entered(databases) is not None


@pytest.mark.usefixtures("karimi")
def test_it_shows_and_ends_sessions(databases: Databases, capsys: Capture) -> None:
    known = session_of(databases)
    code, rows = user(capsys, "sessions", "m.karimi")
    assert code == 0
    assert [row["agent"] for row in rows] == ["Mozilla/5.0 (example)"]
    assert known not in json.dumps(rows)
    assert listed(capsys)["m.karimi"]["sessions"] == 1
    assert user(capsys, "logout", "M.KARIMI")[1]["ended"] == 1
    assert user(capsys, "logout", "m.karimi")[1]["ended"] == 0
    assert user(capsys, "sessions", "m.karimi") == (0, [])
    assert find_actor(databases, known) is None


@pytest.mark.usefixtures("karimi")
@pytest.mark.parametrize("arguments", [["role", "r.ahmadi", "viewer"], ["disable", "r.ahmadi"]])
def test_it_keeps_the_last_administrator(capsys: Capture, arguments: list[str]) -> None:
    code, told = user(capsys, *arguments)
    assert (code, told["error"]) == (2, "config")
    assert "last administrator" in told["message"]
    assert listed(capsys)["r.ahmadi"]["role"] == "admin"
    assert not listed(capsys)["r.ahmadi"]["disabled"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["role", "nobody", "viewer"],
        ["disable", "nobody"],
        ["enable", "nobody"],
        ["sessions", "nobody"],
        ["logout", "nobody"],
        ["passwd", "nobody", "--one-time"],
        ["add", "two words", "--one-time"],
        ["role", "nobody", "king"],
    ],
    ids=" ".join,
)
def test_it_ends_with_two_for_what_cannot_be(capsys: Capture, arguments: list[str]) -> None:
    code, told = user(capsys, *arguments)
    assert (code, told["error"]) == (2, "config")


@pytest.mark.usefixtures("karimi")
def test_it_tells_people_in_words(capsys: Capture) -> None:
    for arguments, words in (
        (["role", "m.karimi", "viewer"], "m.karimi is viewer now."),
        (["disable", "m.karimi"], "may log in no more"),
        (["enable", "m.karimi"], "may log in again"),
        (["logout", "m.karimi"], "0 sessions"),
        (["sessions", "m.karimi"], "last_seen_at"),
        (["list"], "m.karimi"),
    ):
        capsys.readouterr()
        assert main(["user", *arguments]) == 0
        assert words in capsys.readouterr().out
