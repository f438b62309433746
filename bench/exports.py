"""`python -m bench.exports`: all students as a file, by the command; its time, memory and size.

Each file is compared with the table: as many rows, and no fewer. A goal that is missed is printed.
"""

import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from sqlalchemy import text

from bench import BenchFailed
from bench.process import Measure, run
from bench.report import MIB, Goal, Line, machine, table
from sync_core.base.settings import load
from sync_core.store.data import STUDENTS
from sync_core.store.engines import Database, open_databases
from sync_core.store.migrate import prepare

TIME, MEMORY = Goal(60), Goal(300)
FILL = {
    "studentnum": "cast(4010000000 + n as text)",
    "firstname": "'آرمان'",
    "familyname": "'نمونه‌پور آزمایشی ' || (n % 5000)",
    "firstnameeng": "'Arman'",
    "familynameeng": "'Nemounepour Azmayeshi'",
    "fathername": "'جاوید'",
    "birthdate": "'13' || (70 + n % 20) || '/0' || (1 + n % 9) || '/1' || (n % 10)",
    "birthplace": "'شهر نمونه'",
    "city": "'شهر نمونه'",
    "address": "'خیابان نمونه، کوچهٔ آزمایش، پلاک ' || (n % 900)",
    "phonenum": "'0900' || cast(1000000 + n as text)",
    "email": "'person' || n || '@example.ac.ir'",
    "course_name": "'آموزش ابتدایی'",
    "uniname": "'دانشگاه نمونه'",
    "sub_uniname": "'پردیس نمونهٔ شمال'",
    "province_code": "n % 31",
    "code_Markaz": "n % 400",
    "province": "'استان آزمایشی'",
    "term": "cast(4001 + n % 60 as text)",
    "first_run": "1",
    "last_run": "1",
}
"""Column → SQL of the row with the number `n`; the others are short codes."""


def main(arguments: Sequence[str]) -> int:
    parser = ArgumentParser(prog="python -m bench.exports", description=__doc__)
    parser.add_argument("--records", type=int, default=1_000, help="thousands of students")
    rows = parser.parse_args(arguments).records * 1_000
    with TemporaryDirectory(prefix="hamgam-bench-") as name:
        folder = Path(name)
        environ = _environ(folder)
        _make(environ, rows)
        for said in _measured(folder, environ, rows):
            sys.stdout.write(f"{said}\n")
            sys.stdout.flush()
    return 0


def _measured(folder: Path, environ: dict[str, str], rows: int) -> Iterator[str]:
    yield from (f"{name:<10} {value}" for name, value in machine().items())
    lines: list[Line] = []
    for kind in ("csv", "xlsx"):
        file = folder / f"students.{kind}"
        measure = run(
            *("-m", "sync_core", "export", "students", "--output", str(file), "--json"),
            environ=environ,
        )
        _check(file, measure, rows)
        lines += _lines(kind, measure, rows)
        yield f"{kind}: {file.stat().st_size / MIB:,.0f} MB"
    yield table(lines)


def _lines(kind: str, measure: Measure, rows: int) -> Iterator[Line]:
    judged = kind == "csv"
    yield Line(
        f"{rows:,} students as {kind}",
        [measure.seconds],
        records=rows,
        peaks=[measure.peak_bytes],
        goal=TIME if judged else None,
    )
    peak = measure.peak_bytes / MIB
    yield Line(f"peak memory, {kind}", [peak], "MB", goal=MEMORY if judged else None)


def _check(file: Path, measure: Measure, rows: int) -> None:
    came = _rows_of_csv(file) if file.suffix == ".csv" else _rows_of_xlsx(file)
    if not measure.said.get("rows") == came == rows:
        raise BenchFailed(f"{file.name} has {came:,} rows, not {rows:,}.")


def _rows_of_csv(file: Path) -> int:
    """No cell of ours holds a line's end."""
    with file.open("rb") as lines:
        return sum(1 for _ in lines) - 1


def _rows_of_xlsx(file: Path) -> int:
    with ZipFile(file) as whole, whole.open("xl/worksheets/sheet1.xml") as sheet:
        found, rest = 0, b""
        while chunk := sheet.read(MIB):
            found += (rest + chunk).count(b"</row>")
            rest = chunk[-5:]
        return found - 1


def _make(environ: dict[str, str], rows: int) -> None:
    settings = load(environ)
    databases = open_databases(settings)
    prepare(settings, databases)
    _fill(databases.data, rows)
    databases.dispose()


def _fill(data: Database, rows: int) -> None:
    names = [*STUDENTS, "first_run", "last_run"]
    values = ", ".join(FILL.get(name, "cast(n % 97 as text)") for name in names)
    with data.write() as session:
        session.execute(
            text(
                "WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers"
                f" WHERE n + 1 < :rows) INSERT INTO Students ({', '.join(names)})"
                f" SELECT {values} FROM numbers"
            ),
            {"rows": rows},
        )


def _environ(folder: Path) -> dict[str, str]:
    return {
        "HAMGAM_HOME": str(folder),
        "HAMGAM_DATABASE_URL": f"sqlite:///{folder / 'hamgam.db'}",
        "HAMGAM_DATA_URL": f"sqlite:///{folder / 'data.db'}",
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
