"""Who is reported in a unit, and how his stay stands there; computes no record."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from fetch_data.demo.names import GUEST
from fetch_data.demo.stays import Status, cohort_stays, reported_in
from fetch_data.demo.students import Campus


@dataclass(frozen=True, slots=True)
class Unit:
    """A campus in a term. `index` is that of the campus; `count` is the term, counted."""

    index: int
    campus: Campus
    term: str
    count: int


class Cohort(NamedTuple):
    """Those who entered one campus in one year. `text` begins their numbers, `start` is the serial
    of the first; `arrived` means those of them who went on to the next campus, seen from there."""

    year: int
    text: str
    start: int
    size: int
    arrived: bool

    def places(self) -> range:
        """The places of those who can be in the unit at all."""
        first, step = ((7 - self.start) % 50, 50) if self.arrived else (0, 1)
        return range(first, self.size, step)


class Seat(NamedTuple):
    """A student in a unit; `serial` is his place among all students."""

    studentnum: str
    serial: int
    status: Status


def seats_of(
    seed: int, cohort: Cohort, count: int, campuses: int, places: Iterable[int]
) -> Iterator[Seat]:
    """The seats of those at these places of the cohort who are reported in the counted term."""
    stays = cohort_stays(seed, cohort.text, cohort.size)
    reported = reported_in(count - cohort.year * 3)
    for place in places:
        if seen := reported[stays[place]]:
            passed, status = seen
            serial = cohort.start + place
            there = _where(serial, passed, cohort.arrived, campuses)
            if there:
                status = GUEST if there == "guest" else status
                yield Seat(f"{cohort.text}{place + 1:05d}", serial, status)


def _where(serial: int, terms_passed: int, arrived: bool, campuses: int) -> str:
    """ "" where the student is not, "guest" at the old campus in a term of both, else "here"."""
    moves = serial % 50 == 7 and campuses > 1
    if arrived:
        return "here" if moves and terms_passed >= 3 else ""
    if not moves or terms_passed < 3:
        return "here"
    return "guest" if serial % 100 == 57 and terms_passed == 3 else ""
