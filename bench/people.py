"""The merged table as floor and peers make it, and a digest that tells whether two are equal."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from bench import BenchFailed
from sync_core.store.data import STUDENTS
from sync_core.store.sqlite import library

KEY = "studentnum"
INTEGERS = {"province_code", "code_Markaz"}
FIELDS = tuple({"province_code": "provinceCode"}.get(name, name) for name in STUDENTS)
"""The gateway's names of the columns STUDENTS, in their order."""


@dataclass(frozen=True)
class Contents:
    """How many people a table holds, and the digest of the 28 columns of all of them."""

    rows: int
    digest: str


def connect(path: Path) -> Any:
    """Transactions begin as we say; the journal and the syncs are those of Hamgam."""
    connection = library().connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    return connection


def create_table(connection: Any) -> None:
    columns = ", ".join(f"{name} {kind(name)}" for name in STUDENTS)
    connection.execute(f"CREATE TABLE Students ({columns}, PRIMARY KEY ({KEY}))")


def kind(column: str) -> str:
    return "INTEGER" if column in INTEGERS else "TEXT"


def contents(path: Path) -> Contents:
    """Reads the 28 columns, in the order of the key, whatever else the table holds."""
    connection = library().connect(f"file:{path}?mode=ro", uri=True)
    try:
        query = f"SELECT {', '.join(STUDENTS)} FROM Students ORDER BY {KEY}"
        rows, digest = 0, sha256()
        for row in connection.execute(query):
            rows += 1
            digest.update(repr(row).encode())
        return Contents(rows, digest.hexdigest())
    finally:
        connection.close()


def check_table(whose: str, path: Path, expected: Contents) -> None:
    """Raises BenchFailed unless the table holds exactly the people expected."""
    found = contents(path)
    if found.rows != expected.rows:
        raise BenchFailed(f"{whose}: {found.rows:,} people, not {expected.rows:,}.")
    if found != expected:
        raise BenchFailed(f"{whose}: the right number of people, but other contents.")
