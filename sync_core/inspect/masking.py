"""What of a person may be seen: by the column and the role, here alone. What is not known as open
is hidden.

Tables, people, changes, rejected records, logs and exports ask here. Who may reveal sees masks as
well, until `inspect.reveal` has put the reason on record.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from sync_core.access.permissions import REVEAL, Actor, require
from sync_core.engine.source import Column, Source

DOTS = "•••••"
OURS = ("missing_since", "first_run", "last_run")
"""Columns that we add to every source's table; they say nothing of the person."""
TAIL, TAIL_FROM = 3, 10
"""Of a number of ten digits or more the last three are shown: enough to tell two rows apart. A
national code keeps seven hidden, of which the check digit gives away one: a million codes fit."""

_FIELD_NAME = re.compile(r"[A-Za-z_]\w{0,49}", re.ASCII)
_DIGIT = r"(?:\\{1,4}u06[6fF][0-9]|\d)"  # of any script, also as JSON escapes it
_AT = r"(?:@|%40)"
_GAP = "[-\u200c\u200e\u200f]?"
_HIDDEN_IN_TEXT = (
    # Eight, for a national code that was sent as a number has lost its leading zeros.
    re.compile(rf"{_DIGIT}{{8,}}"),
    re.compile(rf"{_DIGIT}(?:{_GAP}{_DIGIT}){{9,}}"),  # 001-234567-8; a date has eight
    # A date of the 14th century is somebody's birth; our own times are not Jalali.
    re.compile(r"(?<!\d)[1۱١][3۳٣]\d\d([-/.])\d{1,2}\1\d{1,2}(?!\d)"),
)
_EMAIL = re.compile(rf"[\w.+-]{{1,64}}{_AT}[\w-]{{1,63}}(?:\.[\w-]{{1,63}}){{1,8}}")


@dataclass(frozen=True, slots=True)
class Mask:
    """What everybody may see of a source. `columns` and `fields` are open; nothing else is.

    A field of the gateway is open where every column that it fills is.
    """

    columns: frozenset[str]
    fields: frozenset[str]
    key_column: str
    key_field: str
    canonical_key: Callable[[Any], str | None]

    @classmethod
    def of(cls, source: Source) -> Self:
        hidden = {column.field for column in source.columns if column.personal}
        fields = {column.field for column in source.columns}
        return cls(
            columns=frozenset(open_columns(source)).union(OURS),
            fields=frozenset(fields - hidden),
            key_column=source.key,
            key_field=next((c.field for c in source.columns if c.name == source.key), source.key),
            canonical_key=source.canonical_key,
        )

    def row(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Column → what may be seen of its value."""
        return {column: self.value(column, value) for column, value in row.items()}

    def value(self, column: str, value: Any) -> Any:
        if column == self.key_column:
            return self.key(value)
        return _shown(value, is_open=column in self.columns)

    def key(self, key: Any) -> Any:
        """Also for keys outside their table, such as those of changes."""
        if self.key_column in self.columns:
            return _shown(key, is_open=True)
        return self._end_of(key) if _shown(key, is_open=False) == DOTS else key

    def change(self, column: str | None, old: Any, new: Any) -> tuple[Any, Any]:
        """Of a changed cell both sides: of a personal one only whether there was something."""
        return self.value(column or "", old), self.value(column or "", new)

    def record(self, record: Any) -> dict[str, Any]:
        """A record as the gateway sent it, by its fields. Odd names of fields are data as well."""
        if not isinstance(record, Mapping):
            return {}
        return {_field_name(name): self._field(name, value) for name, value in record.items()}

    def _field(self, field: str, value: Any) -> Any:
        if field == self.key_field:
            return self.key(value)
        return _shown(value, is_open=field in self.fields)

    def _end_of(self, key: Any) -> str:
        number = None if isinstance(key, Mapping | list) else self.canonical_key(key)
        if number and len(number) >= TAIL_FROM and number.isascii() and number.isdigit():
            return f"{DOTS}{number[-TAIL:]}"
        return DOTS


def open_columns(source: Source) -> tuple[str, ...]:
    """Those of the source that everybody may see, in its order."""
    return tuple(column.name for column in source.columns if not column.personal)


def personal_columns(source: Source) -> tuple[Column, ...]:
    return tuple(column for column in source.columns if column.personal)


def unmasked(actor: Actor, source: Source, row: Mapping[str, Any]) -> dict[str, Any]:
    """The personal columns of one row as they are. Raises Denied."""
    require(actor, REVEAL)
    return {column.name: row[column.name] for column in personal_columns(source)}


def mask_text(text: str) -> str:
    """Text that nobody declared: numbers of codes and phones, e-mail addresses, birth dates."""
    for pattern in _HIDDEN_IN_TEXT:
        text = pattern.sub(DOTS, text)
    return _EMAIL.sub(DOTS, text) if "@" in text or "%40" in text else text


def _shown(value: Any, *, is_open: bool) -> Any:
    """Nothing is declared of what is nested: it is hidden whole. Where nothing is, that is seen."""
    if value is None or value == "":
        return value
    return value if is_open and not isinstance(value, Mapping | list | tuple) else DOTS


def _field_name(name: object) -> str:
    return name if isinstance(name, str) and _FIELD_NAME.fullmatch(name) else DOTS
