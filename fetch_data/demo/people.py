"""The demo gateway's world: fictional people, a pure function of a seed; it stores nothing.

A unit (campus and term) is computed when it is asked for, so a world of a million records begins
at once. Every name is fictional.

In every world: a student is reported in each term of his stay; his status ends as graduated or
withdrew; of 50 students one goes on to the next campus, and half of those are reported by both
campuses in the term of the move.

Flaws, unless switched off:
- faculty: national code missing (0.5 %), with a wrong check digit (1 %), sent as a number so that
  leading zeros are lost, with blanks around it, in Persian digits; two people with one
  `personelid`; the same record twice; Arabic ي and ك; a stray ZWNJ in `scope`; nulls; a mobile
  sent as a number.
- students: Arabic ي and ك; nulls; `term` null, empty or of another year; `course` and
  `studentnum` sent as a number; in one unit of four, one record twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate
from typing import Any

from fetch_data.demo.draws import Draws
from fetch_data.demo.faculty import code_of, faculty_record
from fetch_data.demo.names import CITIES, GUEST, PROVINCES
from fetch_data.demo.students import (
    LONGEST_STAY_YEARS,
    Campus,
    draw_stay,
    revise,
    spoil,
    student_record,
    term_text,
)

Record = dict[str, Any]

MOST_CAMPUSES = 800
_SAMPLE = 200


@dataclass(frozen=True)
class World:
    """`students` counts people; `last_term` is the term that a revision changes.

    The terms of the ten years after `last_term` are answered too, with cohorts of the same sizes.
    """

    seed: int = 1
    faculty: int = 200
    students: int = 600
    campus_count: int = 64
    first_year: int = 1400
    last_term: str = "4051"
    flaws: bool = True
    revision: int = 0
    withdrawn_students: frozenset[str] = frozenset()
    withdrawn_terms: frozenset[str] = frozenset()
    """The terms from which the students are withdrawn; empty means every term."""
    withdrawn_faculty: frozenset[str] = frozenset()

    @cached_property
    def campuses(self) -> tuple[Campus, ...]:
        return tuple(_campus(index) for index in range(self.campus_count))

    def terms(self, last_term: str = "") -> tuple[str, ...]:
        """Every term from the first of `first_year` to the last one, oldest first."""
        last = count_of(last_term or self.last_term)
        return tuple(term_text(count) for count in range(self.first_year * 3, last + 1))

    def faculty_records(self) -> list[Record]:
        """Everything that the faculty call answers, in order; repeated records come last."""
        records = {
            index: faculty_record(
                self.seed, index, flaws=self.flaws, revision=self._touched(self.faculty - index)
            )
            for index in range(self.faculty)
            if not self.withdrawn_faculty or code_of(self.seed, index) not in self.withdrawn_faculty
        }
        again = [record for i, record in records.items() if self.flaws and i % 150 == 77]
        return [*records.values(), *again]

    def student_records(self, campus: str, term: str) -> list[Record]:
        """Everything that the unit's call answers, in order; empty for what is not known."""
        index = self._campus_index.get(campus)
        if index is None or not is_term(term) or count_of(term) > self._end:
            return []
        records = [*self._natives(index, term), *self._arrivals(index, term)]
        if self.flaws and records and Draws(f"{self.seed}:{campus}:{term}").below(4) == 0:
            records.append(records[0])
        return records

    def _natives(self, campus: int, term: str) -> Iterator[Record]:
        for year in self._years(term):
            for place in range(self._cohort(campus, year)[1]):
                record = self._record(campus, year, place, term, arrived=False)
                if record:
                    yield record

    def _arrivals(self, campus: int, term: str) -> Iterator[Record]:
        """Those who came from the campus before; with one campus nobody can move."""
        origin = (campus - 1) % self.campus_count
        if origin == campus:
            return
        for year in self._years(term):
            start, size = self._cohort(origin, year)
            for place in range((7 - start) % 50, size, 50):
                record = self._record(origin, year, place, term, arrived=True)
                if record:
                    yield record

    def _record(
        self, origin: int, year: int, place: int, term: str, *, arrived: bool
    ) -> Record | None:
        """The student's record at his first campus or, `arrived`, at the next; None if absent."""
        studentnum = f"{year % 1000:03d}{origin + 1:03d}{place + 1:05d}"
        draws = Draws(f"{self.seed}:student:{studentnum}")
        stay, count = draw_stay(draws, year), count_of(term)
        serial = self._cohort(origin, year)[0] + place
        there = _where(serial, count - stay.first, arrived, self.campus_count)
        if not (there and stay.covers(count)) or self._is_withdrawn(studentnum, term):
            return None
        status = GUEST if there == "guest" else stay.status(count)
        campus = self.campuses[(origin + arrived) % self.campus_count]
        record = student_record(draws, studentnum, campus, count, status)
        if count >= count_of(self.last_term) and (touched := self._touched(self.students - serial)):
            revise(record, self.seed, touched)
        if self.flaws:
            spoil(record, Draws(f"{self.seed}:flaw:{studentnum}:{term}"), count)
        return record

    def _is_withdrawn(self, studentnum: str, term: str) -> bool:
        in_term = not self.withdrawn_terms or term in self.withdrawn_terms
        return in_term and studentnum in self.withdrawn_students

    def _touched(self, place: int) -> int:
        """The last revision, up to the world's, that changed this one person of a hundred."""
        back = (self.revision - place) % 100
        return max(0, self.revision - back)

    def _years(self, term: str) -> range:
        """The entrance years of those who may still be there in the term."""
        year = count_of(term) // 3
        return range(max(self._first_cohort, year - LONGEST_STAY_YEARS + 1), year + 1)

    @property
    def _end(self) -> int:
        return count_of(self.last_term) + 30

    @property
    def _first_cohort(self) -> int:
        return self.first_year - 3

    @cached_property
    def _campus_index(self) -> dict[str, int]:
        return {campus.code: index for index, campus in enumerate(self.campuses)}

    @cached_property
    def _cohort_years(self) -> int:
        return max(1, count_of(self.last_term) // 3 - self._first_cohort + 1)

    @cached_property
    def _starts(self) -> list[int]:
        """The serial at which each cohort begins: year by year, in a year campus by campus."""
        sizes = [40 + Draws(f"{self.seed}:size:{i}").below(100) for i in range(self.campus_count)]
        sums = list(accumulate(sizes * self._cohort_years, initial=0))
        return [self.students * part // sums[-1] for part in sums]

    def _cohort(self, campus: int, year: int) -> tuple[int, int]:
        """The first serial and the size of a cohort; later years repeat the sizes."""
        row = (year - self._first_cohort) % self._cohort_years
        cell = row * self.campus_count + campus
        return self._starts[cell], self._starts[cell + 1] - self._starts[cell]


def world_of_records(records: int, world: World) -> World:
    """The world with about `records` student records over its terms (some per cent off)."""
    last = count_of(world.last_term)
    plan = range(world.first_year * 3, last + 1)
    years = range(world.first_year - 3, last // 3 + 1)
    stays = [
        draw_stay(Draws(f"{world.seed}:sample:{year}:{n}"), year)
        for year in years
        for n in range(_SAMPLE)
    ]
    reported = sum(stay.covers(count) for stay in stays for count in plan)
    return replace(world, students=round(records * len(stays) / max(1, reported)))


def count_of(term: str) -> int:
    year = 1000 + int(term[:3])
    return year * 3 + int(term[3]) - 1


def is_term(term: str) -> bool:
    return len(term) == 4 and term.isascii() and term.isdigit() and term[3] in "123"


def _where(serial: int, terms_passed: int, arrived: bool, campuses: int) -> str:
    """ "" where the student is not, "guest" at the old campus in a term of both, else "here"."""
    moves = serial % 50 == 7 and campuses > 1
    if arrived:
        return "here" if moves and terms_passed >= 3 else ""
    if not moves or terms_passed < 3:
        return "here"
    return "guest" if serial % 100 == 57 and terms_passed == 3 else ""


def _campus(index: int) -> Campus:
    province = index % len(PROVINCES)
    kind = "مرکز" if index >= 2 * len(PROVINCES) else "پردیس"
    number = index // len(PROVINCES) + 1
    return Campus(
        code=str(1_110 + 10 * index),
        name=f"{kind} {CITIES[province]} {number}",
        province_code=province,
        province=PROVINCES[province],
        type=kind,
    )
