"""Records as the gateway sent them → rows as a table holds them. It refuses what has no such form.

Text is kept as sent. Only what no database holds is replaced (NUL here; lone surrogates where the
answer is read).
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import orjson

from sync_core.engine.source import INTEGER, Column, Record, Reference, Source

LARGEST_INTEGER = 2**63 - 1
LARGEST_EXACT_FLOAT = 2**53
LARGEST_REJECT_BYTES = 20_000
WHOLE_NUMBER = re.compile(r"-?\d{1,19}")

Row = dict[str, Any]


class Rejected(Exception):
    """A record that cannot be a row; the text says why, without the record's values."""


@dataclass(slots=True)
class Reject:
    """A record that was refused: its place in the unit (0 first), the reason, what was sent."""

    position: int
    reason: str
    record: Record


@dataclass(slots=True)
class UnitRows:
    """A unit's people, one row each with its `record_digest`, and what did not become one."""

    rows: dict[str, Row] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)
    fetched: int = 0
    duplicates: int = 0
    stale: int = 0


def unit_rows(source: Source, reference: Reference, records: Iterable[Record]) -> UnitRows:
    """Of several records of one person the one with the greatest content is kept: a total order.

    The same record again is a duplicate; another one of the same person is stale.
    """
    unit = UnitRows()
    contents: dict[str, bytes] = {}
    seen: set[tuple[str, str]] = set()
    for position, record in enumerate(records):
        unit.fetched += 1
        try:
            row = canonical_row(source, reference, record)
        except Rejected as exc:
            unit.rejects.append(Reject(position, str(exc), _bounded(record)))
            continue
        key, content = row[source.key], orjson.dumps(list(row.values()))
        row["record_digest"] = blake2b(content, digest_size=8).hexdigest()
        if key not in contents or content > contents[key]:
            contents[key], kept = content, unit.rows.get(key)
            unit.rows[key] = row
            unit.stale += kept is not None
        elif (key, row["record_digest"]) in seen:
            unit.duplicates += 1
        else:
            unit.stale += 1
        seen.add((key, row["record_digest"]))
    return unit


def canonical_row(source: Source, reference: Reference, record: Record) -> Row:
    """Raises Rejected. The row has a value for every column of the source, in its order."""
    key_column = next(column for column in source.columns if column.name == source.key)
    key = source.canonical_key(record.get(key_column.field))
    if key is None:
        raise Rejected(f"{key_column.field} is missing or is no code")
    derived = source.derive(record, reference)
    row = {column.name: _value(column, record, derived) for column in source.columns}
    row[source.key] = _text(key)
    return row


def _value(column: Column, record: Record, derived: Mapping[str, Any]) -> Any:
    if not column.field:
        return derived.get(column.name)
    value = record.get(column.field)
    if value is None:
        return None
    convert: Callable[[Any], Any] = _integer if column.kind == INTEGER else _text
    try:
        return convert(value)
    except ValueError as exc:
        raise Rejected(f"{column.field} holds {exc}") from exc


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value.replace("\0", "\ufffd") if "\0" in value else value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(_kind(value))
    if isinstance(value, int):
        return str(value)
    if abs(value) >= LARGEST_EXACT_FLOAT:
        raise ValueError("a number too large to keep its digits")
    return str(int(value)) if value.is_integer() else str(value)


def _integer(value: Any) -> int | None:
    """Digits of any script are read; blank text is no value."""
    if isinstance(value, str):
        text = value.strip()
        if not text:
            return None
        if not WHOLE_NUMBER.fullmatch(text):
            raise ValueError("text where a whole number belongs")
        value = int(text)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise ValueError(_kind(value))
    if abs(value) > LARGEST_INTEGER:
        raise ValueError("a number too large to store")
    return int(value)


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", bool: "true or false", float: "a fraction"}
    return names.get(type(value), "a value of the wrong type")


def _bounded(record: Record) -> Record:
    """Rejects are kept for the operator, but a megabyte string is not."""
    size = len(json.dumps(record, default=str))  # not orjson: its numbers end at 64 bits
    return record if size <= LARGEST_REJECT_BYTES else {"too_large_bytes": size}
