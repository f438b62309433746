"""Encoded records of the demo gateway's units, kept within a bound; knows no HTTP.

Records are encoded once a unit; a page of any size is a slice of them and copies nothing. What is
kept goes by a unit's aspect, so a change of the world costs only the units that it touches; after a
revision, only the records.
"""

from array import array
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from threading import Lock

import orjson

from fetch_data.demo.control import Control
from fetch_data.demo.people import World
from fetch_data.demo.seats import Unit

FACULTY = ("faculty", "")
_OVERHEAD = 1_500
"""About what Python, the key and its world add to a unit, so that the bound means memory."""
_OVERHEAD_OF_CHANGE = 130

Buffer = bytes | memoryview
Key = tuple[str, str, World]
"""Campus, term, and the unit's aspect before all revisions."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A unit's records as JSON: `body` joins them by commas as they were before all revisions, and
    `changed` has those that are others now, by place in ascending order.

    `starts` says where each begins and where one more would; `turns` which revision changes it.
    """

    body: bytes
    starts: "array[int]"
    turns: bytes = b""
    changed: Mapping[int, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, records: Sequence[bytes], turns: bytes = b"") -> "Encoded":
        starts = accumulate((len(record) + 1 for record in records), initial=0)
        return cls(b",".join(records), array("Q", starts), turns)

    @property
    def count(self) -> int:
        return len(self.starts) - 1

    @property
    def size(self) -> int:
        starts = self.starts.itemsize * len(self.starts)
        changed = sum(len(record) + _OVERHEAD_OF_CHANGE for record in self.changed.values())
        return len(self.body) + starts + len(self.turns) + changed + _OVERHEAD

    def before(self, place: int) -> bytes:
        """The record at this place before all revisions."""
        return self.body[self.starts[place] : self.starts[place + 1] - 1]

    def cut(self, first: int, last: int) -> list[Buffer]:
        """From the record at `first` to the one before `last`, which may lie beyond the end."""
        first, last = min(first, self.count), min(last, self.count)
        if first == last:
            return []
        view, done = memoryview(self.body), self.starts[first]
        parts: list[Buffer] = []
        for place in [place for place in self.changed if first <= place < last]:
            parts += view[done : self.starts[place]], self.changed[place]
            done = self.starts[place + 1] - 1
        return [*parts, view[done : self.starts[last] - 1]]


Kept = tuple[World, Encoded]
"""A unit's aspect, and its records in it."""


@dataclass
class Pages:
    """`max_bytes` bounds what is kept; the units used longest ago go first."""

    control: Control
    max_bytes: int
    _kept: "OrderedDict[Key, Kept]" = field(default_factory=OrderedDict)
    _bytes: int = 0
    _lock: Lock = field(default_factory=Lock)

    def unit(self, campus: str, term: str) -> Encoded:
        """The unit's records as the world has them now; FACULTY names the faculty."""
        key, aspect, encoded = self._look_up(self.control.world, campus, term)
        self._keep(key, aspect, encoded)
        return encoded

    def warm(self) -> int:
        """Computes the units of the plan until no more can be kept; says how many are."""
        world, size = self.control.world, 0
        units = [FACULTY, *((c.code, term) for term in world.terms() for c in world.campuses)]
        for done, unit in enumerate(units):
            key, aspect, encoded = self._look_up(world, *unit)
            size += encoded.size
            if size > self.max_bytes:
                return done
            self._keep(key, aspect, encoded)
        return len(units)

    def _look_up(self, world: World, campus: str, term: str) -> tuple[Key, World, Encoded]:
        """From what is kept, as far as it serves; the rest is computed."""
        if (campus, term) == FACULTY:
            return self._faculty(world)
        aspect = world.aspect(campus, term)
        key = (campus, term, aspect.unrevised)
        kept_aspect, encoded = self._find(key) or (None, None)
        if encoded and kept_aspect == aspect:
            return key, aspect, encoded
        unit = world.unit(campus, term)
        if unit is None:
            return key, aspect, Encoded.of(())
        # Of `world`, not of the key: that one would begin anew with the lists it computes.
        return key, aspect, _revised(world, unit, encoded or _encoded(world.unrevised, unit))

    def _faculty(self, world: World) -> tuple[Key, World, Encoded]:
        """All of it is computed again after a revision: it is small."""
        aspect = world.faculty_aspect()
        key = (*FACULTY, aspect)
        if kept := self._find(key):
            return key, *kept
        records = [orjson.dumps(record) for record in world.faculty_records()]
        return key, aspect, Encoded.of(records)

    def _find(self, key: Key) -> Kept | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def _keep(self, key: Key, aspect: World, encoded: Encoded) -> None:
        with self._lock:
            old = self._kept.get(key)
            if old and old[1] is encoded:
                return
            self._kept[key] = aspect, encoded
            self._bytes += encoded.size - (old[1].size if old else 0)
            while self._bytes > self.max_bytes:
                self._bytes -= self._kept.popitem(last=False)[1][1].size


def page_body(unit: Encoded, number: int, size: int, *, total_pages: bool) -> tuple[Buffer, ...]:
    """The answer to a data call: one page, numbered from 1, empty beyond the last."""
    start = (number - 1) * size
    total = b',"totalPages":%d' % -(-unit.count // size) if total_pages else b""
    return b'{"data":[', *unit.cut(start, start + size), b"]" + total + b"}"


def _encoded(world: World, unit: Unit) -> Encoded:
    seats = world.seats(unit)
    records = [orjson.dumps(world.record(unit, seat)) for seat in seats]
    return Encoded.of(records, bytes(map(world.turn, seats)))


def _revised(world: World, unit: Unit, encoded: Encoded) -> Encoded:
    """Computes only the records that a revision touched."""
    changed, touches = {}, world.touches(unit)
    for place, turn in enumerate(encoded.turns):
        if touches[turn]:
            studentnum = str(orjson.loads(encoded.before(place))["studentnum"])
            seat = world.seat(unit, studentnum)
            changed[place] = orjson.dumps(world.record(unit, seat))
    return replace(encoded, changed=changed)
