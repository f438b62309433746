"""Encoded records of the demo gateway's units, kept within a bound; knows no HTTP.

Records are encoded once a unit; a page of any size is cut from them.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock

import orjson

from fetch_data.demo.control import Control

FACULTY = ("faculty", "")
_OVERHEAD = 33
"""What Python adds to a bytes object, so that the bound means memory."""

Encoded = tuple[bytes, ...]


@dataclass
class Pages:
    """`max_bytes` bounds what is kept; the units used longest ago go first."""

    control: Control
    max_bytes: int
    _kept: "OrderedDict[tuple[int, str, str], Encoded]" = field(default_factory=OrderedDict)
    _bytes: int = 0
    _lock: Lock = field(default_factory=Lock)

    def records(self, campus: str, term: str) -> Encoded:
        """The unit's records as the world has them now; FACULTY names the faculty."""
        version, world = self.control.current_world()
        key = (version, campus, term)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        whole = (campus, term) == FACULTY
        records = world.faculty_records() if whole else world.student_records(campus, term)
        encoded = tuple(orjson.dumps(record) for record in records)
        self._keep(key, encoded)
        return encoded

    def _keep(self, key: tuple[int, str, str], encoded: Encoded) -> None:
        with self._lock:
            if key in self._kept:
                return
            self._kept[key] = encoded
            self._bytes += _size(encoded)
            while self._bytes > self.max_bytes:
                self._bytes -= _size(self._kept.popitem(last=False)[1])


def page_body(records: Encoded, number: int, size: int, *, total_pages: bool) -> bytes:
    """The answer to a data call: one page, numbered from 1, empty beyond the last."""
    start = (number - 1) * size
    data = b",".join(records[start : start + size])
    total = b',"totalPages":%d' % -(-len(records) // size) if total_pages else b""
    return b'{"data":[' + data + b"]" + total + b"}"


def _size(encoded: Encoded) -> int:
    return sum(map(len, encoded)) + _OVERHEAD * len(encoded) + 200
