"""What a unit sent, next to what it sent before: who is the same, and who is new or changed.

Records that are the same, byte for byte, are not decoded.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import orjson
from xxhash import xxh3_128_digest

from sync_core.base.strict_json import BadJson, parse_strictly
from sync_core.engine.canonical import Row
from sync_core.engine.decode import Batch, Decoder, Sent, split
from sync_core.engine.source import Page

LARGEST_REJECT_BYTES = 20_000


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
    places: list[int] = field(default_factory=list)
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

    def rejects(self) -> Iterable[tuple[int, str, object]]:
        """Place in the unit (0 first), reason, the record where it is not too large to keep."""
        for place, reason in sorted(self.batch.rejects.items()):
            position = self.places[place]
            yield position, reason, _kept(bytes(self.raws[position]))


def read_unit(decoder: Decoder, pages: Sequence[Page], known: Mapping[bytes, str]) -> UnitRead:
    """`known`: digests of records that need not be decoded → whose they are. Raises BadJson."""
    split_pages = [split(page) for page in pages]
    unit = UnitRead([raw for raws, _ in split_pages for raw in raws], decoder)
    digests = [xxh3_128_digest(raw) for raw in unit.raws]
    seen = _take_known(unit, digests, known)
    unit.batch = decoder.decode([unit.raws[position] for position in unit.places])
    unit.replaced = unit.batch.replaced + sum(replaced for _, replaced in split_pages)
    contested = _take_fresh(unit)
    for key in sorted(contested):
        _settle(unit, key, contested[key], seen.get(key), digests)
    unit.digests = {key: digests[unit.places[place]] for key, place in unit.fresh.items()}
    return unit


def _take_known(
    unit: UnitRead, digests: Sequence[bytes], known: Mapping[bytes, str]
) -> dict[str, int]:
    """The position of each person's known record. The others' places are noted."""
    if not known:
        unit.places = list(range(len(digests)))
        return {}
    seen: dict[str, int] = {}
    for position, digest in enumerate(digests):
        key = known.get(digest)
        if key is None:
            unit.places.append(position)
        elif seen.setdefault(key, position) != position:
            unit.duplicates += 1
    unit.same = set(seen)
    return seen


def _take_fresh(unit: UnitRead) -> dict[str, list[int]]:
    """Notes who has one record; gives the places of those who have several, or a known one too."""
    keys = unit.batch.keys
    fresh = {key: place for place, key in enumerate(keys) if key is not None}
    if len(fresh) + unit.rejected == len(keys) and unit.same.isdisjoint(fresh):
        unit.fresh = fresh
        return {}
    places: dict[str, list[int]] = {}
    for place, key in enumerate(keys):
        if key is not None:
            places.setdefault(key, []).append(place)
    contested = {k: found for k, found in places.items() if len(found) > 1 or k in unit.same}
    unit.fresh = {key: place for key, place in fresh.items() if key not in contested}
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
    contents: dict[bytes, list[int]] = {}
    for place, row in zip(places, unit.decoder.rows(unit.batch, places), strict=True):
        contents.setdefault(orjson.dumps(row), []).append(place)
    mine = None if known is None else _content(unit, known)
    distinct = contents.keys() | ({mine} if mine is not None else set())
    unit.stale += len(distinct) - 1
    unit.duplicates += len(places) + (mine is not None) - len(distinct)
    greatest = max(distinct)
    if greatest == mine:
        return
    unit.same.discard(key)
    unit.fresh[key] = min(contents[greatest], key=lambda place: digests[unit.places[place]])


def _content(unit: UnitRead, position: int) -> bytes:
    alone = unit.decoder.decode([unit.raws[position]])
    return orjson.dumps(unit.decoder.rows(alone, [0])[0])


def _kept(text: bytes) -> object:
    """Rejects are kept for the operator, but a megabyte string is not."""
    if len(text) > LARGEST_REJECT_BYTES:
        return {"too_large_bytes": len(text)}
    try:
        return parse_strictly(text)[0]
    except BadJson:
        return {}
