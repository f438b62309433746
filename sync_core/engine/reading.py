"""What a unit sent, next to what it sent before: who is the same, and who is new or changed.

Records that are the same, byte for byte, are not decoded.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import orjson
from xxhash import xxh3_128_digest

from sync_core.base.strict_json import BadJson, parse_strictly
from sync_core.engine.bounds import KEPT_BYTES, slices, too_many
from sync_core.engine.canonical import Row
from sync_core.engine.decode import Batch, Decoder, Sent, size_of, split
from sync_core.engine.source import Page

LARGEST_REJECT_BYTES = 20_000
MOST_REJECT_VALUES = 1_000


@dataclass(slots=True)
class UnitRead:
    """A unit's people, each once.

    `same`: people whose record is known, byte for byte. `fresh`: the others, key → place in the
    batch; `digests`: their records'. `stale` and `duplicates` count further records of one person
    in this unit: another one that lost to the greatest content, or the same once more.
    """

    raws: list[Sent]
    decoder: Decoder
    batch: Batch = field(default_factory=Batch)
    places: Sequence[int] = ()
    same: set[str] = field(default_factory=set)
    fresh: dict[str, int] = field(default_factory=dict)
    digests: dict[str, bytes] = field(default_factory=dict)
    stale: int = 0
    duplicates: int = 0
    replaced: int = 0
    """Characters that no database holds."""

    @property
    def fetched(self) -> int:
        return len(self.raws)

    @property
    def people(self) -> int:
        return len(self.same) + len(self.fresh)

    @property
    def rejected(self) -> int:
        return len(self.batch.rejects)

    def rows(self, keys: Iterable[str]) -> list[Row]:
        """Canonical rows of fresh people, in the order of `keys`."""
        return self.decoder.rows(self.batch, [self.fresh[key] for key in keys])

    def weight(self, key: str) -> int:
        """Bytes of a fresh person's record that are to be decoded for its row."""
        if self.batch.raws is None:
            return 0
        return size_of(self.batch.raws[self.fresh[key]])

    def rejects(self) -> Iterable[tuple[int, str, object]]:
        """Place in the unit (0 first), reason, the record where it is not too large to keep."""
        for place, reason in sorted(self.batch.rejects.items()):
            position = self.places[place]
            yield position, reason, _kept(self.raws[position])


def read_unit(decoder: Decoder, pages: Sequence[Page], known: Mapping[bytes, str]) -> UnitRead:
    """`known`: digests of records that need not be decoded → whose they are.

    Raises BadJson, or BadPayload for more records than have room.
    """
    unit = UnitRead([], decoder)
    for page in pages:
        _add_records(unit, page)
    digests = [xxh3_128_digest(raw) for raw in unit.raws]
    seen = _take_known(unit, digests, known)
    keep = sum(len(page.data) for page in pages) <= KEPT_BYTES
    unit.batch = decoder.decode([unit.raws[position] for position in unit.places], keep=keep)
    unit.replaced += unit.batch.replaced
    contested = _take_fresh(unit)
    for key in sorted(contested):
        _settle(unit, key, contested[key], seen.get(key), digests)
    unit.digests = {key: digests[unit.places[place]] for key, place in unit.fresh.items()}
    return unit


def _add_records(unit: UnitRead, page: Page) -> None:
    most = unit.decoder.most_records
    raws, replaced = split(page, most)
    unit.raws += raws
    unit.replaced += replaced
    if len(unit.raws) > most:
        raise too_many(most)


def _take_known(
    unit: UnitRead, digests: Sequence[bytes], known: Mapping[bytes, str]
) -> dict[str, int]:
    """The position of each person's known record. The others' places are noted."""
    if not known:
        unit.places = range(len(digests))
        return {}
    seen: dict[str, int] = {}
    places: list[int] = []
    for position, digest in enumerate(digests):
        key = known.get(digest)
        if key is None:
            places.append(position)
        elif seen.setdefault(key, position) != position:
            unit.duplicates += 1
    unit.same, unit.places = set(seen), places
    return seen


def _take_fresh(unit: UnitRead) -> dict[str, list[int]]:
    """Notes who has one record; gives the places of those who have several, or a known one too."""
    keys = unit.batch.keys
    fresh = {key: place for place, key in enumerate(keys) if key is not None}
    if len(fresh) + unit.rejected == len(keys) and unit.same.isdisjoint(fresh):
        unit.fresh = fresh
        return {}
    last = ((place, key) for place, key in enumerate(keys) if key is not None)
    several = {key for place, key in last if fresh[key] != place} | (unit.same & fresh.keys())
    contested: dict[str, list[int]] = {}
    for place, key in enumerate(keys):
        if key in several:
            contested.setdefault(key, []).append(place)
    unit.fresh = {key: place for key, place in fresh.items() if key not in several}
    return contested


def _settle(
    unit: UnitRead,
    key: str,
    places: Sequence[int],
    known: int | None,
    digests: Sequence[bytes],
) -> None:
    """Of several records of one person the one with the greatest content is kept: a total order.

    The same content again is a duplicate, another one is stale. Of equal contents that were sent
    in different ways the known one is kept, else the one with the least digest.
    """
    distinct: set[bytes] = set()
    greatest, best = b"", list[int]()
    for place, content in _contents(unit, places):
        distinct.add(xxh3_128_digest(content))
        if content > greatest:
            greatest, best = content, []
        if content == greatest:
            best.append(place)
    mine = None if known is None else _content(unit, known)
    if mine is not None:
        distinct.add(xxh3_128_digest(mine))
    unit.stale += len(distinct) - 1
    unit.duplicates += len(places) + (mine is not None) - len(distinct)
    if mine is not None and mine >= greatest:
        return
    unit.same.discard(key)
    unit.fresh[key] = min(best, key=lambda place: digests[unit.places[place]])


def _contents(unit: UnitRead, places: Sequence[int]) -> Iterator[tuple[int, bytes]]:
    """Some at a time: a gateway may send one person all the while."""
    for some in slices(places, lambda place: size_of(unit.raws[unit.places[place]])):
        rows = unit.decoder.rows(unit.batch, some)
        yield from zip(some, map(orjson.dumps, rows), strict=True)


def _content(unit: UnitRead, position: int) -> bytes:
    alone = unit.decoder.decode([unit.raws[position]])
    return orjson.dumps(unit.decoder.rows(alone, [0])[0])


def _kept(raw: Sent) -> object:
    """Rejects are kept for the operator, but neither a megabyte string nor a thousand lists."""
    if size_of(raw) > LARGEST_REJECT_BYTES:
        return {"too_large_bytes": size_of(raw)}
    text = bytes(raw)
    if text.count(b",") + text.count(b"[") > MOST_REJECT_VALUES:
        return {"too_large_bytes": size_of(raw)}
    try:
        return parse_strictly(text)[0]
    except BadJson:
        return {}
