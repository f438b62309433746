"""The demo gateway's world: fictional people, a pure function of a seed; it keeps no record.

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

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate
from typing import Any

from fetch_data.demo.draws import Draws
from fetch_data.demo.faculty import code_of, faculty_record
from fetch_data.demo.names import CITIES, PROVINCES
from fetch_data.demo.seats import Cohort, Seat, Unit, seats_of
from fetch_data.demo.stays import LONGEST_STAY_YEARS, STAYS, stay_of, student_draws, term_text
from fetch_data.demo.students import Campus, revise, spoil, student_record

Record = dict[str, Any]

MOST_CAMPUSES = 800
_SAMPLE = 200
_TURNS = 100
"""A revision changes one person of so many."""


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
    spread_revision: int = 0
    """As `revision`, but it changes its people in every term and not only in the current ones."""
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
        touches = self._touches[True]
        records = {
            index: faculty_record(
                self.seed,
                index,
                flaws=self.flaws,
                revision=touches[(self.faculty - index) % _TURNS],
            )
            for index in range(self.faculty)
            if not self.withdrawn_faculty or code_of(self.seed, index) not in self.withdrawn_faculty
        }
        again = [record for i, record in records.items() if self.flaws and i % 150 == 77]
        return [*records.values(), *again]

    def student_records(self, campus: str, term: str) -> list[Record]:
        """Everything that the unit's call answers, in order; empty for what is not known."""
        unit = self.unit(campus, term)
        return [self.record(unit, seat) for seat in self.seats(unit)] if unit else []

    def unit(self, campus: str, term: str) -> Unit | None:
        """None where the campus or the term is not known."""
        index = self._campus_index.get(campus)
        if index is None or not is_term(term) or count_of(term) > self._end:
            return None
        return Unit(index, self.campuses[index], term, count_of(term))

    def seats(self, unit: Unit) -> list[Seat]:
        """The students whom the unit reports, in order; costs far less than their records."""
        withdrawn = self._withdrawn_from(unit.term)
        seats = [
            seat
            for cohort in self._cohorts(unit)
            for seat in self._seats(unit, cohort, cohort.places())
            if seat.studentnum not in withdrawn
        ]
        place = Draws(f"{self.seed}:{unit.campus.code}:{unit.term}")
        if self.flaws and seats and place.below(4) == 0:
            seats.append(seats[0])
        return seats

    def seat(self, unit: Unit, studentnum: str) -> Seat:
        """The seat of one who is among `seats`."""
        cohort = next(each for each in self._cohorts(unit) if each.text == studentnum[:6])
        return next(self._seats(unit, cohort, [int(studentnum[6:]) - 1]))

    def record(self, unit: Unit, seat: Seat) -> Record:
        """It depends on no withdrawal, and on revisions by what `touches` says of his turn."""
        draws = student_draws(self.seed, seat.studentnum)
        draws.below(STAYS)
        record = student_record(draws, seat.studentnum, unit.campus, unit.count, seat.status)
        if touched := self.touches(unit)[self.turn(seat)]:
            revise(record, self.seed, touched)
        if self.flaws:
            spoil(record, Draws(f"{self.seed}:flaw:{seat.studentnum}:{unit.term}"), unit.count)
        return record

    def turn(self, seat: Seat) -> int:
        """Which revision of a hundred changes him."""
        return (self.students - seat.serial) % _TURNS

    def touches(self, unit: Unit) -> list[int]:
        """By turn, the last revision that changed these people in this unit; 0 where none did."""
        return self._touches[self._is_current(unit)]

    @cached_property
    def unrevised(self) -> "World":
        """This world before all revisions."""
        return replace(self, revision=0, spread_revision=0)

    def aspect(self, campus: str, term: str) -> "World":
        """The plainest world that gives this unit the same records: what a cache goes by.

        It is this world less what is known not to matter, so a new field matters from the start.
        """
        unit = self.unit(campus, term)
        return replace(
            self,
            revision=self.revision if unit and self._is_current(unit) else 0,
            withdrawn_students=self._withdrawn_within(unit) if unit else frozenset(),
            withdrawn_terms=frozenset(),
            withdrawn_faculty=frozenset(),
        )

    def faculty_aspect(self) -> "World":
        """As `aspect`, for the faculty."""
        return replace(self, withdrawn_students=frozenset(), withdrawn_terms=frozenset())

    def _cohorts(self, unit: Unit) -> Iterator[Cohort]:
        """The natives of the campus, then those of the campus before, from whom some came; with
        one campus nobody can move."""
        origin = (unit.index - 1) % self.campus_count
        for index in (unit.index, origin)[: min(2, self.campus_count)]:
            for year in self._years(unit.count):
                start, size = self._cohort(index, year)
                text = f"{year % 1000:03d}{index + 1:03d}"
                yield Cohort(year, text, start, size, arrived=index != unit.index)

    def _seats(self, unit: Unit, cohort: Cohort, places: Iterable[int]) -> Iterator[Seat]:
        return seats_of(self.seed, cohort, unit.count, self.campus_count, places)

    def _withdrawn_from(self, term: str) -> frozenset[str]:
        in_term = not self.withdrawn_terms or term in self.withdrawn_terms
        return self.withdrawn_students if in_term else frozenset()

    def _withdrawn_within(self, unit: Unit) -> frozenset[str]:
        """Those of the withdrawn who could have been reported here."""
        if not self._withdrawn_from(unit.term):
            return frozenset()
        cohorts = {cohort.text for cohort in self._cohorts(unit)}
        return frozenset().union(*(self._withdrawn_of.get(text, ()) for text in cohorts))

    @cached_property
    def _withdrawn_of(self) -> dict[str, list[str]]:
        """The withdrawn students of each cohort."""
        students: dict[str, list[str]] = {}
        for studentnum in self.withdrawn_students:
            students.setdefault(studentnum[:6], []).append(studentnum)
        return students

    def _is_current(self, unit: Unit) -> bool:
        return unit.count >= self._last

    @cached_property
    def _touches(self) -> tuple[list[int], list[int]]:
        """See `touches`; in the old terms, and in the current ones."""
        spread = _last_touches(self.spread_revision)
        return spread, list(map(max, spread, _last_touches(self.revision)))

    def _years(self, count: int) -> range:
        """The entrance years of those who may still be there in the term."""
        year = count // 3
        return range(max(self._first_cohort, year - LONGEST_STAY_YEARS + 1), year + 1)

    @cached_property
    def _last(self) -> int:
        return count_of(self.last_term)

    @property
    def _end(self) -> int:
        return self._last + 30

    @property
    def _first_cohort(self) -> int:
        return self.first_year - 3

    @cached_property
    def _campus_index(self) -> dict[str, int]:
        return {campus.code: index for index, campus in enumerate(self.campuses)}

    @cached_property
    def _cohort_years(self) -> int:
        return max(1, self._last // 3 - self._first_cohort + 1)

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
        (year, stay_of(Draws(f"{world.seed}:sample:{year}:{n}").below(STAYS)))
        for year in years
        for n in range(_SAMPLE)
    ]
    reported = sum(stay.covers(count - year * 3) for year, stay in stays for count in plan)
    return replace(world, students=round(records * len(stays) / max(1, reported)))


def _last_touches(revision: int) -> list[int]:
    """By turn, the last revision up to this one whose turn it was; 0 where none was."""
    return [max(0, revision - (revision - turn) % _TURNS) for turn in range(_TURNS)]


def count_of(term: str) -> int:
    year = 1000 + int(term[:3])
    return year * 3 + int(term[3]) - 1


def is_term(term: str) -> bool:
    return len(term) == 4 and term.isascii() and term.isdigit() and term[3] in "123"


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
