"""Records that all have the same fields, decoded and checked in C. It knows no column's meaning."""

import re
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Annotated, Any

import msgspec

from sync_core.engine.canonical import LARGEST_INTEGER

Integer = Annotated[int, msgspec.Meta(ge=-LARGEST_INTEGER, le=LARGEST_INTEGER)] | None
Text = str | int | None
Scalar = str | int | float | bool | None
NUL = b"\\u0000"
SPACED_NAME = re.compile(rb'"[ \t\r\n]+:')
_write = msgspec.json.Encoder().encode
REFUSALS = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def holds_nul(text: bytes) -> bool:
    """Most texts have no escape at all, which is seen four times as fast as that they lack one."""
    return b"\\" in text and NUL in text


class NotOfShape(Exception):
    """What was sent is not so, or cannot be proved to be."""


class Shape:
    """`sent` are the names that every record has; `wanted` names fields and their types.

    What is decoded has all the wanted fields: one that is not sent is None.
    """

    def __init__(self, sent: Sequence[str], wanted: Mapping[str, Any]) -> None:
        names = {name: f"field_{place}" for place, name in enumerate(dict.fromkeys(sent))}
        absent = {name: f"absent_{place}" for place, name in enumerate(wanted) if name not in names}
        self._width = len(names)
        self._attributes = names | absent
        record = msgspec.defstruct(
            "Sent",
            [
                *((names[name], wanted.get(name, Scalar)) for name in names),
                *((absent[name], wanted[name], None) for name in absent),
            ],
            rename={attribute: name for name, attribute in self._attributes.items()},
            gc=False,
            omit_defaults=True,
        )
        self._one = msgspec.json.Decoder(record)
        self._many = msgspec.json.Decoder(list[record])  # type: ignore[valid-type]

    def getter(self, fields: Sequence[str]) -> Callable[[Any], Any]:
        return attrgetter(*(self._attributes[name] for name in fields))

    def read(self, text: bytes) -> Any:
        """One record. Raises NotOfShape."""
        return self._proved(self._one, text, 1)

    def read_all(self, raws: Sequence[msgspec.Raw | bytes]) -> list[Any]:
        """Raises NotOfShape where one of them is not of this shape."""
        text = b"".join((b"[", b",".join(raws), b"]"))
        return list(self._proved(self._many, text, len(raws)))

    def _proved(self, decoder: "msgspec.json.Decoder[Any]", text: bytes, records: int) -> Any:
        """The decoder takes the last of two equal names without a word. Written again, what it has
        found must be what was sent; or, where that was written in another style, every name must
        stand once a record.
        """
        try:
            found = decoder.decode(text)
        except REFUSALS as exc:
            raise NotOfShape from exc
        if holds_nul(text):
            raise NotOfShape
        if _write(found) != text and not self._has_each_name_once(text, records):
            raise NotOfShape
        return found

    def _has_each_name_once(self, text: bytes, records: int) -> bool:
        """All names are there, so as many ends of names as names leave no room for another."""
        return text.count(b'":') == records * self._width and not SPACED_NAME.search(text)
