"""Many records as sent → keys and rows: at once where they are as the columns say, else one by one.

Both ways give the same. A record that cannot be a row is rejected with a reason. Of a large unit
nothing stays decoded: its records would take many times the memory of their text.
"""

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any

import msgspec
import orjson

from sync_core.base.strict_json import BadJson, TooLarge, as_json, check_size, parse_strictly
from sync_core.engine import bounds
from sync_core.engine.canonical import (
    LARGEST_EXACT_FLOAT,
    Rejected,
    Row,
    canonical_row,
    canonical_text,
    no_key,
)
from sync_core.engine.shape import SPACED_NAME, Integer, NotOfShape, Shape, Text, holds_nul
from sync_core.engine.source import INTEGER, TEXT, Column, Page, Record, Reference, Source

Sent = msgspec.Raw | bytes
"""A record as it was sent."""

NAMES_BYTES = 64 * 1024  # of a record that shows how all are shaped
NAMES_MAX = 256
PLAIN_NAME = re.compile(r"[A-Za-z_]\w{0,49}", re.ASCII)
ODD_NAME = re.compile(r'["\\\x00-\x1f\x7f]')

_split = msgspec.json.Decoder(list[msgspec.Raw])


@dataclass(slots=True)
class Batch:
    """Decoded records. `keys` has a place a record: None where `rejects` says why there is none.

    `replaced` counts characters that no database holds. `entries` are records of the batch's
    shape, or rows already; where there are `raws` in their place, each is decoded when it is
    asked for.
    """

    keys: list[str | None] = field(default_factory=list)
    rejects: dict[int, str] = field(default_factory=dict)
    replaced: int = 0
    entries: list[Any] = field(default_factory=list)
    values: Callable[[Any], Any] | None = None
    raws: Sequence[Sent] | None = None

    def add(self, some: "Batch") -> None:
        """What became of the records that follow those of before."""
        begin = len(self.keys)
        self.keys += some.keys
        self.rejects |= {begin + place: reason for place, reason in some.rejects.items()}
        self.replaced += some.replaced


class Decoder:
    """Decodes the records of one source. Raises BadJson for what is no record or ambiguous."""

    def __init__(self, source: Source, reference: Reference) -> None:
        self._source, self._reference = source, reference
        self._fields = [column.field for column in source.columns]
        self._key_at = [column.name for column in source.columns].index(source.key)
        self._key_field = next(c.field for c in source.columns if c.name == source.key)
        self._shape_of = lru_cache(maxsize=8)(self._make_shape)
        self.seen: set[str] = set()
        """Plainly named fields of the records that were looked into."""

    @property
    def most_records(self) -> int:
        """Of one unit."""
        return bounds.most_records(self._reference.settings.answer_max_bytes)

    def decode(self, raws: Sequence[Sent], *, keep: bool = True) -> Batch:
        """Without `keep` only some records are decoded at any time. None may be too large then."""
        if keep:
            return self._decode(raws)
        batch = Batch(raws=raws)
        for some in bounds.slices(range(len(raws)), lambda place: size_of(raws[place])):
            batch.add(self._decode_or_refuse([raws[place] for place in some]))
        return batch

    def rows(self, batch: Batch, places: Sequence[int]) -> list[Row]:
        """Canonical rows of records of the batch that were not rejected."""
        if batch.raws is None:
            return self._rows(batch, places)
        raws, rows = batch.raws, list[Row]()
        for some in bounds.slices(places, lambda place: size_of(raws[place])):
            again = self._decode([raws[place] for place in some])
            rows += self._rows(again, range(len(some)))
        return rows

    def _decode(self, raws: Sequence[Sent]) -> Batch:
        batch = Batch()
        if not raws:
            return batch
        names = _names(raws[0])
        self._note(names)
        shape = self._shape_of(names or tuple(self._fields))
        batch.values = shape.getter(self._fields)
        try:
            batch.entries = shape.read_all(raws)
        except NotOfShape:
            alone = partial(self._alone, shape, batch)
            batch.entries = [alone(place, raw) for place, raw in enumerate(raws)]
        self._find_keys(shape, batch)
        return batch

    def _note(self, names: Sequence[str]) -> None:
        """Odd names may be anything, somebody's data too."""
        if len(self.seen) < NAMES_MAX:
            self.seen.update(name for name in names if PLAIN_NAME.fullmatch(name))

    def _decode_or_refuse(self, raws: Sequence[Sent]) -> Batch:
        """One that is too large is a slice by itself."""
        if size_of(raws[0]) <= bounds.KEPT_BYTES:
            return self._decode(raws)
        return Batch([None], {0: f"it is larger than {bounds.KEPT_BYTES // bounds.MIB} MB"})

    def _rows(self, batch: Batch, places: Sequence[int]) -> list[Row]:
        if not places:
            return []
        entries = [batch.entries[place] for place in places]
        if batch.values is None or any(type(entry) is tuple for entry in entries):
            return [self._row(batch, place) for place in places]
        columns = zip(*map(batch.values, entries), strict=True)
        keys = [batch.keys[place] for place in places]
        canonical = (
            keys if column.name == self._source.key else self._column(column, values)
            for column, values in zip(self._source.columns, columns, strict=True)
        )
        return list(zip(*canonical, strict=True))

    def _row(self, batch: Batch, place: int) -> Row:
        entry = batch.entries[place]
        if type(entry) is tuple:
            return entry
        alone = Batch([batch.keys[place]], entries=[entry], values=batch.values)
        return self._rows(alone, [0])[0]

    def _column(self, column: Column, values: Sequence[Any]) -> Sequence[Any]:
        """Values of the shape's types: there is nothing to reject among them."""
        if column.derive is not None:
            return [column.derive(value, self._reference) for value in values]
        if column.kind == TEXT and int in set(map(type, values)):
            return [canonical_text(value) if type(value) is int else value for value in values]
        return values

    def _find_keys(self, shape: Shape, batch: Batch) -> None:
        sent, find = shape.getter([self._key_field]), self._source.canonical_key
        if batch.rejects or tuple in set(map(type, batch.entries)):
            batch.keys = [self._key_of(entry, sent) for entry in batch.entries]
        else:
            batch.keys = [find(value) for value in map(sent, batch.entries)]
        if None in batch.keys:
            for place, key in enumerate(batch.keys):
                if key is None:
                    batch.rejects.setdefault(place, no_key(self._key_field))

    def _key_of(self, entry: Any, sent: Callable[[Any], Any]) -> str | None:
        if entry is None:
            return None
        if type(entry) is tuple:
            return str(entry[self._key_at])
        return self._source.canonical_key(sent(entry))

    def _alone(self, shape: Shape, batch: Batch, place: int, raw: Sent) -> Any:
        text = bytes(raw)
        try:
            return shape.read(text)
        except NotOfShape:
            pass
        try:
            record, replaced = read_record(text)
            batch.replaced += replaced
            return canonical_row(self._source, self._reference, record)
        except (Rejected, TooLarge) as exc:
            batch.rejects[place] = str(exc)
            return None

    def _make_shape(self, names: tuple[str, ...]) -> Shape:
        kinds = {c.field: c.kind for c in self._source.columns if c.derive is None}
        wanted = {
            name: Integer if kinds.get(name) == INTEGER else Text
            for name in dict.fromkeys(self._fields)
        }
        return Shape(names, wanted)


def size_of(raw: Sent) -> int:
    return memoryview(raw).nbytes


def split(page: Page, most: int = sys.maxsize) -> tuple[Sequence[Sent], int]:
    """A page's records, each as it was sent, and how many characters were replaced in them.

    Raises BadJson, or BadPayload for what could be far more than `most` records. Where a fast
    parser refuses the page, its records are written anew.
    """
    bounds.check_records(page, most)
    try:
        return _split.decode(page.data), 0
    except (msgspec.MsgspecError, RecursionError):
        records, replaced = _parse_slowly(page)
    if not isinstance(records, list):
        raise BadJson("it is no list of records")
    # Copies: what orjson gives keeps the room that it was written in.
    return [bytes(memoryview(as_json(record))) for record in records], replaced


def _parse_slowly(page: Page) -> tuple[Any, int]:
    try:
        return parse_strictly(page.data)
    except TooLarge as exc:
        raise bounds.too_odd() from exc


def read_record(text: bytes) -> tuple[Record, int]:
    """A record, and how many of its characters were replaced. Raises BadJson."""
    check_size(text)
    try:
        record = orjson.loads(text)
    except orjson.JSONDecodeError:
        record = None
    replaced = 0
    if not _is_plain(record, text):
        record = None  # before it is made a second time
        record, replaced = parse_strictly(text)
    if not isinstance(record, dict):
        raise BadJson("'data' holds something that is no record")
    return record, replaced


def _is_plain(record: Any, text: bytes) -> bool:
    """A cheap proof that no name stands twice, nothing is nested and no digit was lost."""
    return (
        isinstance(record, dict)
        and text.count(b'":') == len(record)
        and not SPACED_NAME.search(text)
        and text.count(b"{") == 1
        and not (b"[" in text or holds_nul(text))
        and not any(_is_inexact(value) for value in record.values())
    )


def _is_inexact(value: Any) -> bool:
    return isinstance(value, float) and abs(value) >= LARGEST_EXACT_FLOAT


def _names(raw: Sent) -> tuple[str, ...]:
    """The names of a record; none where it is no plain one, or has names that no shape can have."""
    if size_of(raw) > NAMES_BYTES:
        return ()
    try:
        record = orjson.loads(bytes(raw))
    except orjson.JSONDecodeError:
        return ()
    if not isinstance(record, dict) or len(record) > NAMES_MAX:
        return ()
    if any(ODD_NAME.search(name) for name in record):
        return ()
    return tuple(record)
