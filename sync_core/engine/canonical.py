"""One record as the gateway sent it → a row as a table holds it. It refuses what has no such form.

Text is kept as sent. Only what no database holds is replaced: NUL here, lone surrogates where the
record is read.
"""

import re
from typing import Any

from sync_core.engine.source import INTEGER, Column, Record, Reference, Source

LARGEST_INTEGER = 2**63 - 1
LARGEST_EXACT_FLOAT = 2**53
WHOLE_NUMBER = re.compile(r"-?\d{1,19}")

Row = tuple[Any, ...]
"""A value for every column of the source, in its order."""


class Rejected(Exception):
    """A record that cannot be a row; the text says why, without the record's values."""


def no_key(field: str) -> str:
    """Why a record is rejected whose key is missing; kept with it, so it is looked for as well."""
    return f"{field} is missing or is no code"


def canonical_key(source: Source, value: Any) -> str:
    """Raises Rejected."""
    key = source.canonical_key(value)
    if key is None:
        field = next(column.field for column in source.columns if column.name == source.key)
        raise Rejected(no_key(field))
    return canonical_text(key)


def canonical_row(source: Source, reference: Reference, record: Record) -> Row:
    """Raises Rejected."""
    field = next(column.field for column in source.columns if column.name == source.key)
    key = canonical_key(source, record.get(field))
    return tuple(
        key if column.name == source.key else canonical_value(column, record, reference)
        for column in source.columns
    )


def canonical_value(column: Column, record: Record, reference: Reference) -> Any:
    """Raises Rejected."""
    value = record.get(column.field)
    if column.derive is not None:
        return column.derive(value, reference)
    if value is None:
        return None
    try:
        return canonical_integer(value) if column.kind == INTEGER else canonical_text(value)
    except ValueError as exc:
        raise Rejected(f"{column.field} holds {exc}") from exc


def canonical_text(value: Any) -> str:
    """Raises ValueError; its text is the kind of what cannot be text."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd") if "\0" in value else value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(_kind(value))
    if isinstance(value, int):
        return str(value)
    if abs(value) >= LARGEST_EXACT_FLOAT:
        raise ValueError("a number too large to keep its digits")
    return str(int(value)) if value.is_integer() else str(value)


def canonical_integer(value: Any) -> int | None:
    """Digits of any script are read; blank text is no value. Raises ValueError."""
    if isinstance(value, str):
        text = value.strip()
        if not text:
            return None
        if not WHOLE_NUMBER.fullmatch(text):
            raise ValueError("text where a whole number belongs")
        value = int(text)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise ValueError(_kind(value))
    if isinstance(value, float) and abs(value) >= LARGEST_EXACT_FLOAT:
        raise ValueError("a number too large to keep its digits")
    if abs(value) > LARGEST_INTEGER:
        raise ValueError("a number too large to store")
    return int(value)


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", bool: "true or false", float: "a fraction"}
    return names.get(type(value), "a value of the wrong type")
