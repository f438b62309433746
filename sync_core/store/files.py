"""The file of a SQLite database. To open it never makes it; that is done by `make` alone.

SQLite would make an empty file in silence, and go on in one that has been removed or replaced: a
connection is looked at before each use, and closed where its file is no longer the one of its name.
"""

from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import DisconnectionError

from sync_core.base.errors import DatabaseError
from sync_core.store.sqlite import BUSY_TIMEOUT_S, library

WHERE_FROM = "Stop Hamgam and put it back from a backup; `init` makes it where there never was one."
UNKNOWN = (0, 0)
_MARK = "file"


def mark_of(file: Path) -> tuple[int, int] | None:
    """Tells one file from another of the same name. None where there is none, or an empty one."""
    try:
        found = file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:  # SQLite will say what it thinks of that
        return UNKNOWN
    return (found.st_dev, found.st_ino) if found.st_size else None


def make(file: Path) -> None:
    """A database without tables, where there is none. Several may do so at once."""
    file.parent.mkdir(parents=True, exist_ok=True)
    connection = library().connect(str(file), timeout=BUSY_TIMEOUT_S, isolation_level=None)
    with closing(connection):
        connection.execute("BEGIN IMMEDIATE")  # writes the first page, so that it is not empty
        connection.execute("COMMIT")


def open_only(engine: Engine, name: str, file: Path) -> None:
    """From now on the engine opens that file as long as it is there, and makes none."""
    address = f"{file.absolute().as_uri()}?mode=rw"

    def refuse(
        _dialect: object, record: Any, arguments: list[Any], options: dict[str, Any]
    ) -> None:
        mark = mark_of(file)
        if mark is None:
            raise DatabaseError(f"The {name} database {file} {gone(file)}.", hint=WHERE_FROM)
        record.info[_MARK] = mark
        arguments[:], options["uri"] = [address], True

    def check(_connection: object, record: Any, _proxy: object) -> None:
        if mark_of(file) != record.info[_MARK]:
            raise DisconnectionError

    event.listen(engine, "do_connect", refuse)
    event.listen(engine, "checkout", check)


def gone(file: Path) -> str:
    return "is empty" if file.exists() else "is not there"
