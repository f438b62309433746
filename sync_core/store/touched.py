"""What a guarded statement did: whoever finds no row changed was not the one."""

from typing import Any

from sqlalchemy import CursorResult, Result


def touched(result: Result[Any]) -> int:
    """How many rows the statement changed or deleted."""
    return result.rowcount if isinstance(result, CursorResult) else 0
