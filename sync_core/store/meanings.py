"""What a database's errors mean to an operator: the one place where they become ours.

SQLite says by a number what is wrong, PostgreSQL by its SQLSTATE; both word it as they like. Their
SQL and values stay out.
"""

import errno
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from sqlalchemy.exc import DBAPIError

from sync_core.base.errors import DatabaseError, DiskFull
from sync_core.store import postgresql
from sync_core.store.sqlite import library

NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
NO_ROOM_BYTES = 256 * 1024
"""With less, SQLite cannot so much as open its write-ahead log, and calls that an I/O error."""


class Meaning(NamedTuple):
    message: str
    hint: str


LOCKED = Meaning(
    "The database is locked by another program.", "Close what else writes to it, then try again."
)
READ_ONLY = Meaning(
    "The database cannot be written.",
    "Check that its disk can be written, and the rights of the file and its folder.",
)
CLOSED = Meaning(
    "The database cannot be opened.",
    "Check that its folder exists and can be written, and the rights of both.",
)
BROKEN = Meaning(
    "The file is not a whole SQLite database.",
    "Stop Hamgam, keep the file, and put one from a backup in its place.",
)
DISK_BROKEN = Meaning(
    "The disk that holds the database refused to read or write.",
    "Look for its errors in the system's log, then run doctor.",
)
_OF_SQLITE = {
    sqlite3.SQLITE_BUSY: LOCKED,
    sqlite3.SQLITE_LOCKED: LOCKED,
    sqlite3.SQLITE_PROTOCOL: LOCKED,
    sqlite3.SQLITE_READONLY: READ_ONLY,
    sqlite3.SQLITE_PERM: READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: CLOSED,
    sqlite3.SQLITE_CORRUPT: BROKEN,
    sqlite3.SQLITE_NOTADB: BROKEN,
    sqlite3.SQLITE_IOERR: DISK_BROKEN,
}


@contextmanager
def translated(file: Path | None = None) -> Iterator[None]:
    """`file`: the one of the SQLite database that is spoken to."""
    try:
        yield
    except DBAPIError as exc:
        raise (postgresql.error_of(exc) or _ours(exc.orig, file)) from exc


@contextmanager
def translated_files(file: Path) -> Iterator[None]:
    """For what makes a file or a folder: of the system's errors, and of a driver used alone."""
    try:
        yield
    except OSError as exc:
        raise disk_full(exc) or DatabaseError(
            f"{file} cannot be made.", hint="Check the rights of the folder that is to hold it."
        ) from exc
    except library().Error as exc:
        raise _ours(exc, file) from exc


def disk_full(error: OSError) -> DiskFull | None:
    """None for an error of another kind."""
    if error.errno not in NO_ROOM:
        return None
    return DiskFull("A disk is full.", hint="Free some space; doctor tells which disk.")


def _ours(error: BaseException | None, file: Path | None) -> DatabaseError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # what is above says more than we tell
    if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and _has_no_room(file)):
        return DiskFull("The disk that holds the database is full.", hint="Free some space.")
    meaning = _OF_SQLITE.get(code)
    if meaning is not None:
        return DatabaseError(meaning.message, hint=meaning.hint)
    kind = type(error).__name__
    return DatabaseError(f"The database refused a statement ({kind}).", hint="Run doctor.")


def _has_no_room(file: Path | None) -> bool:
    try:
        return file is not None and shutil.disk_usage(file.parent).free < NO_ROOM_BYTES
    except OSError:
        return False
