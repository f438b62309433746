"""Files of a filter of people: the rows of the table, masked as on the screen, on record first."""

import csv
import io
import os
import signal
import subprocess
import sys
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import openpyxl
import pytest
from openpyxl.utils.escape import unescape
from sqlalchemy import event, select, text, update

from sync_core.access import audit
from sync_core.access.permissions import ADMIN, ANONYMOUS, COMMAND_LINE, Actor
from sync_core.base.errors import ConfigError, DatabaseError, Denied
from sync_core.base.settings import load
from sync_core.engine.source import Source, find_source
from sync_core.inspect import xlsx
from sync_core.inspect.csv_text import BOM
from sync_core.inspect.export import (
    CSV,
    FORMATS,
    XLSX,
    ExportRequest,
    count_export,
    export_people,
)
from sync_core.inspect.export_folder import remove_left_behind
from sync_core.inspect.masking import DOTS
from sync_core.inspect.people import people_page
from sync_core.inspect.people_filter import MISSING_ONLY, REPORTED, PeopleFilter
from sync_core.store import data, people
from sync_core.store.control_access import AccessLog
from sync_core.store.engines import Databases
from tests import seed
from tests.conftest import ROOT

EVERYBODY = PeopleFilter()
ADMINISTRATOR = Actor("rahimi", ADMIN, 3)
REASON = "برای صدور کارت تازه"
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", '="a",b', "＝1+1", "=cmd|' /C calc'!A0"]
INJECTION = '<r><t>x</t></r></is></c><c r="Z9"><f>1+1</f></c><c t="inlineStr"><is><r></r>'


def taken(
    databases: Databases,
    source: Source,
    which: PeopleFilter = EVERYBODY,
    kind: str = CSV,
    *,
    by: Actor = seed.VISITOR,
    reason: str | None = None,
) -> bytes:
    request = ExportRequest(source, which, kind, reason)
    with export_people(load(), databases, by, request) as export:
        whole = b"".join(export.chunks)
        assert export.size in (None, len(whole))
    return whole


def rows_of_csv(whole: bytes) -> list[list[str]]:
    """With the header."""
    text = whole.decode()
    assert text.startswith(BOM)
    assert text.count("\n") == text.count("\r\n")
    return list(csv.reader(io.StringIO(text[len(BOM) :], newline="")))


def rows_of_xlsx(whole: bytes) -> list[list[Any]]:
    """Of all sheets; each has the same header, which is told once."""
    book = openpyxl.load_workbook(io.BytesIO(whole))
    found: list[list[Any]] = []
    for sheet in book.worksheets:
        rows = [list(row) for row in sheet.iter_rows()]
        assert {cell.data_type for row in rows for cell in row} <= {"s", "n", "inlineStr"}
        values = [[in_excel(cell.value) for cell in row] for row in rows]
        found += values if not found else values[1:]
    return found


def in_excel(value: Any) -> Any:
    """A sheet says control characters in letters; openpyxl leaves them so."""
    return unescape(value) if isinstance(value, str) else value


def read(whole: bytes, kind: str) -> list[list[str]]:
    """As CSV shows it, in which nothing is an empty text."""
    if kind == CSV:
        return rows_of_csv(whole)
    return [["" if v is None else str(v) for v in row] for row in rows_of_xlsx(whole)]


def stored(databases: Databases, source: Source) -> list[list[str]]:
    """By SQL alone: the source's columns, in the order of an open key."""
    names = ", ".join(f'"{column.name}"' for column in source.columns)
    with databases.data.read() as session:
        rows = session.execute(
            text(f'SELECT {names} FROM "{source.table}" ORDER BY "{source.key}"')
        )
        return [["" if value is None else str(value) for value in row] for row in rows]


def change(databases: Databases, number: str, **values: object) -> None:
    table = data.students
    with databases.data.write() as session:
        session.execute(update(table).where(table.c.studentnum == number).values(values))


def recorded(databases: Databases) -> list[tuple[str, str | None, str | None]]:
    """Who, of what, how."""
    with databases.control.read() as session:
        rows = session.scalars(select(AccessLog).where(AccessLog.action == audit.EXPORTED))
        return [(row.actor, row.target, row.detail) for row in rows]


def left_in_tmp() -> list[Path]:
    return list((load().home / "tmp").glob("*"))


@pytest.mark.parametrize("kind", FORMATS)
def test_it_holds_the_table_row_by_row(databases: Databases, students: Source, kind: str) -> None:
    seed.add_students(databases, 2_345, missing=3)

    whole = taken(databases, students, kind=kind, by=ADMINISTRATOR, reason=REASON)

    header, *rows = read(whole, kind)
    assert header == [*(column.name for column in students.columns), "missing_since"]
    assert [row[:-1] for row in rows] == stored(databases, students)
    assert [row[-1] for row in rows[-4:]] == ["", *["2026-10-01T08:00:00+00:00"] * 3]
    assert left_in_tmp() == []


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("name", ["faculty", "students"])
def test_it_is_masked_exactly_as_the_screen(databases: Databases, name: str, kind: str) -> None:
    seed.add_faculty(databases, 30)
    seed.add_students(databases, 30)
    source = find_source(load(), name)
    page = people_page(load(), databases, seed.VISITOR, source, EVERYBODY, 1)

    header, *rows = read(taken(databases, source, kind=kind), kind)

    shown = [
        ["" if value is None else str(value) for value in map(row.get, header)] for row in page.rows
    ]
    assert rows == shown
    hidden = [header.index(column) for column in page.personal]
    assert {row[place] for row in rows for place in hidden} <= {"", DOTS} | {
        row[header.index("nationalcode")] for row in rows if name == "faculty"
    }


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize(
    "which",
    [
        PeopleFilter(REPORTED),
        PeopleFilter(MISSING_ONLY),
        PeopleFilter(text="بهاره"),
        PeopleFilter(facets=(("term", "4051"), ("term", "4041"))),
        PeopleFilter(sort="familyname", descending=True),
        PeopleFilter(text="nobody of that name"),
    ],
)
def test_it_holds_what_the_filter_leaves_and_as_many_as_are_counted(
    databases: Databases, students: Source, which: PeopleFilter, kind: str
) -> None:
    seed.add_students(databases, 40, missing=7)
    request = ExportRequest(students, which, kind)

    with export_people(load(), databases, seed.VISITOR, request) as export:
        rows = read(b"".join(export.chunks), kind)[1:]

    counted = count_export(databases, seed.VISITOR, students, which)
    assert len(rows) == counted == export.rows
    assert f", {counted} rows, " in (recorded(databases)[-1][2] or "")
    keys = [row[0] for row in rows]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("given", FORMULAS)
def test_no_cell_is_a_formula(databases: Databases, students: Source, given: str) -> None:
    seed.add_students(databases, 1)
    change(databases, "4010000000", city=given, phonenum="+989000000001")
    whole = {
        kind: taken(databases, students, kind=kind, by=ADMINISTRATOR, reason=REASON)
        for kind in FORMATS
    }

    city, phone = 8, 10
    [row] = rows_of_csv(whole[CSV])[1:]
    assert (row[city], row[phone]) == (f"'{given}", "'+989000000001")
    sheet = openpyxl.load_workbook(io.BytesIO(whole[XLSX])).active
    cell = sheet.cell(2, city + 1)
    assert (in_excel(cell.value), cell.data_type, cell.number_format) == (given, "s", "@")


def test_a_text_that_looks_like_markup_of_a_sheet_is_a_text(
    databases: Databases, students: Source
) -> None:
    seed.add_students(databases, 1)
    odd = "a\r\nb\tc_x0041_ \x0b & <b> ]]>"
    change(databases, "4010000000", city=INJECTION, birthplace=odd)

    rows = rows_of_xlsx(taken(databases, students, kind=XLSX))

    assert rows[1][8] == INJECTION
    assert rows[1][7] == odd


@pytest.mark.parametrize("kind", FORMATS)
def test_codes_and_phones_keep_their_zeros(
    databases: Databases, faculty: Source, kind: str
) -> None:
    seed.add_faculty(databases, 3)

    whole = taken(databases, faculty, kind=kind, by=ADMINISTRATOR, reason=REASON)

    header, *rows = read(whole, kind)
    codes = [row[header.index("nationalcode")] for row in rows]
    assert sorted(codes) == ["0000000001", "0000000008", "0000000015"]
    assert all(row[header.index("mobile")].startswith("0900") for row in rows)


def test_whole_numbers_are_numbers_unless_a_sheet_would_round_them(
    databases: Databases, faculty: Source
) -> None:
    seed.add_faculty(databases, 1)
    with databases.data.write() as session:
        session.execute(update(data.faculty).values(id=1_234_567_890_123_456_789))

    header, row = rows_of_xlsx(taken(databases, faculty, kind=XLSX))

    assert row[header.index("sex")] == 1
    assert row[header.index("id")] == "1234567890123456789"


def test_what_a_sheet_cannot_hold_goes_on_the_next_one(
    databases: Databases, students: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx, "ROWS_A_SHEET", 11)
    seed.add_students(databases, 25)

    whole = taken(databases, students, kind=XLSX, by=ADMINISTRATOR, reason=REASON)

    book = openpyxl.load_workbook(io.BytesIO(whole))
    assert [(s.title, s.max_row) for s in book.worksheets] == [
        ("students", 11),
        ("students 2", 11),
        ("students 3", 6),
    ]
    assert [row[:-1] for row in read(whole, XLSX)[1:]] == stored(databases, students)


def test_a_text_that_no_cell_holds_is_refused_and_not_cut(
    databases: Databases, students: Source
) -> None:
    seed.add_students(databases, 1)
    change(databases, "4010000000", city="ش" * 32_768)

    with pytest.raises(ConfigError, match="longer than a cell"):
        taken(databases, students, kind=XLSX)

    assert left_in_tmp() == []
    assert len(rows_of_csv(taken(databases, students))[1][8]) == 32_768


def test_it_holds_one_moment_of_the_table(databases: Databases, students: Source) -> None:
    """What a run commits meanwhile is not in it, whole or in part."""
    seed.add_students(databases, 2_100)
    before = stored(databases, students)
    request = ExportRequest(students, EVERYBODY, CSV, REASON)

    with export_people(load(), databases, ADMINISTRATOR, request) as export:
        first = next(export.chunks)
        with databases.data.write() as session:
            session.execute(update(data.students).values(city="elsewhere", missing_since=None))
        whole = first + b"".join(export.chunks)

    assert [row[:-1] for row in rows_of_csv(whole)[1:]] == before


def test_it_breaks_off_where_the_table_gives_fewer_rows_than_it_counts(
    databases: Databases, students: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a damaged index makes it: nothing in a CSV itself tells that rows are missing."""
    seed.add_students(databases, 2_345)
    every = people.stream_rows
    monkeypatch.setattr(people, "stream_rows", lambda *given: islice(every(*given), 1))

    with pytest.raises(DatabaseError, match="of 2,345"):
        taken(databases, students)


def test_it_is_on_record_before_a_row_is_read(databases: Databases, faculty: Source) -> None:
    """Of each query for the rows' values: how much was on record when it ran."""
    seed.add_faculty(databases, 3)
    on_record: list[int] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        if "mobile" in statement:
            on_record.append(len(recorded(databases)))

    event.listen(databases.data.engine, "before_cursor_execute", note)
    try:
        taken(databases, faculty)
    finally:
        event.remove(databases.data.engine, "before_cursor_execute", note)

    assert on_record
    assert set(on_record) == {1}


def test_nothing_is_read_that_cannot_be_recorded(databases: Databases, faculty: Source) -> None:
    with databases.control.engine.begin() as connection:
        connection.execute(text("DROP TABLE access_logs"))

    with pytest.raises(DatabaseError):
        taken(databases, faculty)


def test_the_record_says_who_what_and_how_but_no_names_and_no_codes(
    databases: Databases, faculty: Source
) -> None:
    seed.add_faculty(databases, 3)
    which = PeopleFilter(
        text="0000000008",
        facets=(("sex", "1"), ("field", None), ("family", "آزمایشی")),
        changed_in=7,
    )
    reason = f" {REASON}\n 0000000008 person1@example.ac.ir "

    taken(databases, faculty, which, by=ADMINISTRATOR, reason=reason)
    taken(databases, faculty, PeopleFilter(MISSING_ONLY), XLSX)

    assert recorded(databases) == [
        (
            "rahimi",
            "faculty",
            f"csv, 0 rows, unmasked: {REASON} {DOTS} {DOTS}; "
            "text search, sex=1, field=, family=…, changed in run 7",
        ),
        ("example", "faculty", "xlsx, 0 rows, masked; missing"),
    ]


@pytest.mark.parametrize(
    "actor", [seed.VISITOR, seed.KARIMI, replace(ADMINISTRATOR, must_change=True)]
)
def test_personal_columns_are_an_administrators_to_take(
    databases: Databases, faculty: Source, actor: Actor
) -> None:
    with pytest.raises(Denied):
        taken(databases, faculty, by=actor, reason=REASON)
    assert recorded(databases) == []


@pytest.mark.parametrize("actor", [ANONYMOUS, Actor("a", ADMIN, 1, must_change=True)])
def test_nobody_takes_anything_who_may_not_look(
    databases: Databases, faculty: Source, actor: Actor
) -> None:
    with pytest.raises(Denied):
        taken(databases, faculty, by=actor)
    with pytest.raises(Denied):
        count_export(databases, actor, faculty, EVERYBODY)
    assert recorded(databases) == []


@pytest.mark.parametrize("reason", ["", "  \n ", "\u200c", "x" * 301])
def test_personal_columns_need_a_reason(databases: Databases, faculty: Source, reason: str) -> None:
    for actor in (ADMINISTRATOR, Actor("cli:root", COMMAND_LINE)):
        with pytest.raises(ConfigError, match="reason"):
            taken(databases, faculty, by=actor, reason=reason)
    assert recorded(databases) == []


@pytest.mark.parametrize("kind", FORMATS)
def test_an_unfinished_file_leaves_nothing_behind(
    databases: Databases, students: Source, kind: str
) -> None:
    seed.add_students(databases, 2_100)
    request = ExportRequest(students, EVERYBODY, kind)

    with export_people(load(), databases, seed.VISITOR, request) as export:
        next(export.chunks)
        assert bool(left_in_tmp()) == (kind == XLSX)

    assert left_in_tmp() == []
    assert list(export.chunks) == [] if kind == XLSX else True


def test_what_a_killed_process_left_is_removed_and_what_is_in_use_stays(
    databases: Databases, students: Source
) -> None:
    code = (
        "import sys\n"
        "from sync_core.base.settings import load\n"
        "from sync_core.inspect.export_folder import own_folder\n"
        "with own_folder(load()) as folder:\n"
        "    (folder / 'file').write_text('x')\n"
        "    print(folder, flush=True)\n"
        "    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        folder = Path(process.stdout.readline().strip())
        remove_left_behind(load())
        assert (folder / "file").exists()
        assert folder.parent.stat().st_mode & 0o077 == 0
        process.send_signal(signal.SIGKILL)
        process.wait(30)

    remove_left_behind(load())

    assert left_in_tmp() == []


def test_a_file_is_a_workbook_that_nothing_was_added_to(
    databases: Databases, students: Source
) -> None:
    """No formulas, links, macros or connections are among its parts."""
    seed.add_students(databases, 2)
    change(databases, "4010000000", city="https://evil.example/", birthplace="internal:Sheet1!A1")

    whole = ZipFile(io.BytesIO(taken(databases, students, kind=XLSX)))

    names = whole.namelist()
    assert not [n for n in names if "rels" in n and "sheet" in n]
    sheet = whole.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet
