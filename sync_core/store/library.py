"""Which SQLite library is used, and what it may be trusted with; without SQLAlchemy."""

import sqlite3
from types import ModuleType

try:
    from pysqlite3 import dbapi2 as _bundled
except ImportError:  # no wheel for this machine
    _bundled = None


def library() -> ModuleType:
    """The newer of the bundled SQLite and Python's own."""
    if _bundled is not None and _bundled.sqlite_version_info > sqlite3.sqlite_version_info:
        return _bundled  # type: ignore[no-any-return]
    return sqlite3


def wal_is_safe(version: tuple[int, ...]) -> bool:
    if version[:2] == (3, 44):
        return version >= (3, 44, 6)
    if version[:2] == (3, 50):
        return version >= (3, 50, 7)
    return version >= (3, 51, 3)


def journal_mode() -> str:
    return "wal" if wal_is_safe(library().sqlite_version_info) else "delete"
