"""`export SOURCE`: the rows of a filter as a file that is whole or not there, and on record."""

import csv
import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import text

from sync_core.access.permissions import command_line_actor
from sync_core.base.settings import load
from sync_core.cli.main import main
from sync_core.inspect.masking import DOTS
from sync_core.store.engines import Databases
from tests import seed
from tests.conftest import ROOT

Capture = pytest.CaptureFixture[str]
PHONE = "09000000001"


@pytest.fixture
def databases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Databases]:
    """With students; the command is called in an empty folder."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    opened = seed.prepared(load())
    seed.add_students(opened, 12, missing=2)
    yield opened
    opened.dispose()


def told(capsys: Capture) -> dict[str, object]:
    value: dict[str, object] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return value


def rows(file: str) -> list[dict[str, str]]:
    with Path(file).open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def here() -> set[str]:
    return set(os.listdir())


def details(databases: Databases) -> list[tuple[str, str]]:
    with databases.control.read() as session:
        query = text("SELECT actor, detail FROM access_logs WHERE action = 'export' ORDER BY id")
        return [(row.actor, row.detail) for row in session.execute(query)]


def test_it_writes_a_masked_file_that_its_owner_alone_may_read(
    databases: Databases, capsys: Capture
) -> None:
    assert main(["export", "students"]) == 0

    assert "12 rows in students.csv" in capsys.readouterr().out
    assert here() == {"students.csv"}
    assert stat.S_IMODE(Path("students.csv").stat().st_mode) == 0o600
    assert len(rows("students.csv")) == 12
    assert {row["phonenum"] for row in rows("students.csv")} == {DOTS}
    assert details(databases) == [(command_line_actor().name, "csv, 12 rows, masked; everybody")]


def test_it_takes_the_format_from_the_name_and_tells_what_it_did(
    databases: Databases, capsys: Capture
) -> None:
    assert main(["export", "students", "--output", "a.xlsx", "--missing", "--json"]) == 0

    assert told(capsys) == {
        "file": "a.xlsx",
        "source": "students",
        "format": "xlsx",
        "rows": 2,
        "unmasked": False,
    }
    sheet = openpyxl.load_workbook("a.xlsx").active
    assert (sheet.max_row, sheet.cell(1, 1).value) == (3, "studentnum")


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (["--reported"], 10),
        (["--missing"], 2),
        (["--where", "term=4051"], 3),
        (["--where", "term=4051", "--where", "term=4041"], 6),
        (["--where", "term=4051", "--where", "city="], 3),
        (["--where", "city=%"], 0),
        (["--text", "بهاره"], 2),
        (["--text", "4010000003"], 1),
        (["--text", "%"], 0),
        (["--changed-in", "7"], 0),
    ],
)
def test_it_writes_what_the_filter_leaves(
    databases: Databases, options: list[str], count: int
) -> None:
    assert main(["export", "students", *options]) == 0
    assert len(rows("students.csv")) == count


def test_it_writes_personal_columns_with_a_reason_alone(
    databases: Databases, capsys: Capture
) -> None:
    for bad in (["--unmasked"], ["--unmasked", "--reason", " "], ["--reason", "x"]):
        assert main(["export", "students", *bad]) == 2
    assert here() == set()
    assert details(databases) == []

    assert main(["export", "students", "--unmasked", "--reason", "cards", "--json"]) == 0

    assert told(capsys)["unmasked"] is True
    assert PHONE in {row["phonenum"] for row in rows("students.csv")}
    assert details(databases)[0][1] == "csv, 12 rows, unmasked: cards; everybody"


@pytest.mark.parametrize(
    "arguments",
    [
        ["nobody"],
        ["students", "--where", "phonenum=0900"],
        ["students", "--where", "term"],
        ["students", "--where", "no such=1"],
        ["students", "--format", "pdf"],
        ["students", "--output", "no/such/folder/a.csv"],
        ["students", "--output", "-", "--json"],
        ["students", "--changed-in", "0"],
    ],
)
def test_it_refuses_what_cannot_be_and_leaves_nothing(
    databases: Databases, arguments: list[str], capsys: Capture
) -> None:
    assert main(["export", *arguments]) == 2
    assert "Error:" in capsys.readouterr().err
    assert here() == set()
    assert details(databases) == []


def test_it_replaces_a_file_only_when_told(databases: Databases) -> None:
    Path("students.csv").write_text("precious")
    assert main(["export", "students"]) == 2
    assert Path("students.csv").read_text() == "precious"
    assert main(["export", "students", "--force"]) == 0
    assert len(rows("students.csv")) == 12


def test_a_failure_leaves_the_old_file_and_no_half_of_a_new_one(
    databases: Databases, capsys: Capture
) -> None:
    Path("students.xlsx").write_text("precious")
    with databases.data.write() as session:
        long = {"long": "ش" * 40_000}
        session.execute(text('UPDATE "Students" SET city = :long'), long)

    options = ["--format", "xlsx", "--force", "--json"]
    assert main(["export", "students", *options]) == 2

    assert told(capsys)["error"] == "config"
    assert here() == {"students.xlsx"}
    assert Path("students.xlsx").read_text() == "precious"


def test_it_writes_nothing_but_the_file_to_stdout(databases: Databases) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sync_core", "export", "students", "--output", "-"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
    )
    assert done.stdout.startswith("\ufeffstudentnum,".encode())
    assert len(done.stdout.splitlines()) == 13
    assert done.stderr.decode().strip() == "12 rows"
