"""A SQLite file is made by nobody who only opens it, and what its errors mean is told by number."""

import errno
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from sync_core.base.errors import DatabaseError
from sync_core.base.settings import Settings
from sync_core.store import files
from sync_core.store.engines import Database, open_databases
from sync_core.store.meanings import disk_full, translated
from sync_core.store.migrate import prepare

NASTY = "50% of #1 é.db"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    settings = Settings(tmp_path, f"sqlite:///{tmp_path / NASTY}", f"sqlite:///{tmp_path / 'x.db'}")
    databases = open_databases(settings)
    yield databases.control
    databases.dispose()


def look(database: Database) -> object:
    with database.read() as session:
        return session.scalar(text("SELECT count(*) FROM sqlite_master"))


def test_it_makes_no_file_when_it_only_looks(database: Database, tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="is not there"):
        look(database)

    assert list(tmp_path.iterdir()) == []


def test_it_writes_nothing_into_an_empty_file(database: Database, tmp_path: Path) -> None:
    (tmp_path / NASTY).touch()

    with pytest.raises(DatabaseError, match="is empty"):
        look(database)

    assert [path.stat().st_size for path in tmp_path.iterdir()] == [0]


def test_it_opens_what_was_made_whatever_its_name(database: Database, tmp_path: Path) -> None:
    database.make()

    assert look(database) == 0
    assert (tmp_path / NASTY).stat().st_size > 0


def test_it_makes_one_file_when_many_do_so_at_once(tmp_path: Path) -> None:
    file = tmp_path / "new" / "data.db"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: files.make(file), range(8)))

    assert files.mark_of(file) is not None


def test_it_leaves_a_file_that_has_lost_its_name(database: Database, tmp_path: Path) -> None:
    file = tmp_path / NASTY
    database.make()
    look(database)
    file.unlink()

    with pytest.raises(DatabaseError, match="is not there"):
        look(database)

    assert not file.exists()


def test_it_says_which_folder_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    home = tmp_path / "file" / "home"
    settings = Settings(home, f"sqlite:///{home / 'a.db'}", f"sqlite:///{home / 'b.db'}")

    with pytest.raises(DatabaseError, match="home cannot be made"):
        prepare(settings, open_databases(settings))


def refused(code: int, extended: int = 0) -> OperationalError:
    error = sqlite3.OperationalError("words of a library, with somebody's data")
    error.sqlite_errorcode = code | extended << 8
    return OperationalError("SELECT", {}, error)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (sqlite3.SQLITE_BUSY, "locked"),
        (sqlite3.SQLITE_LOCKED, "locked"),
        (sqlite3.SQLITE_PROTOCOL, "locked"),
        (sqlite3.SQLITE_READONLY, "cannot be written"),
        (sqlite3.SQLITE_PERM, "cannot be written"),
        (sqlite3.SQLITE_CANTOPEN, "cannot be opened"),
        (sqlite3.SQLITE_CORRUPT, "not a whole"),
        (sqlite3.SQLITE_NOTADB, "not a whole"),
        (sqlite3.SQLITE_IOERR, "refused to read or write"),
        (sqlite3.SQLITE_FULL, "is full"),
        (sqlite3.SQLITE_ERROR, "refused a statement"),
    ],
)
@pytest.mark.parametrize("extended", [0, 3])
def test_it_says_what_a_number_of_sqlite_means(
    tmp_path: Path, code: int, words: str, extended: int
) -> None:
    with pytest.raises(DatabaseError, match=words) as told, translated(tmp_path / "data.db"):
        raise refused(code, extended)

    assert told.value.code == ("disk" if code == sqlite3.SQLITE_FULL else "database")
    assert told.value.hint
    assert "somebody" not in str(told.value)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_it_tells_a_full_disk_by_the_number_of_the_system(number: int) -> None:
    found = disk_full(OSError(number, "words of a system"))

    assert (found is not None) == (number != errno.EIO)
    assert found is None or (found.code, bool(found.hint)) == ("disk", True)
