"""How long the fictional students stay, and who is reported when; knows no name and no campus.

A term is counted as `year * 3 + (0, 1 or 2)`, so that terms can be compared and added to. A stay is
counted from the first term of the year of entrance, so that one list of stays serves all years.
"""

from array import array
from functools import cache, lru_cache
from typing import NamedTuple

from fetch_data.demo.draws import Draws
from fetch_data.demo.names import GRADUATED, ON_LEAVE, STUDYING, WITHDREW

Status = tuple[int, str]

LONGEST_STAY_YEARS = 5
STAYS = 5 * 12 * 15 * 4
"""How many different stays can be drawn."""


class Stay(NamedTuple):
    """The terms in which a student is reported, and how it ends."""

    first: int
    last: int
    leave_at: int | None
    summers: bool
    end: Status

    def covers(self, passed: int) -> bool:
        return self.first <= passed <= self.last and (self.summers or passed % 3 != 2)

    def status(self, passed: int) -> Status:
        if passed == self.last:
            return self.end
        return ON_LEAVE if passed == self.leave_at else STUDYING


def stay_of(drawn: int) -> Stay:
    """A stay of one to five years that begins in the first or second term and ends in neither
    summer, for the end must be reported."""
    first = int(drawn % 5 == 0)
    length = 2 + drawn // 5 % 12
    last = first + length
    last -= last % 3 == 2
    leave_at = first + 3 if drawn // 60 % 15 == 0 else None
    end = GRADUATED if length > 5 else WITHDREW
    return Stay(first, last, leave_at, drawn // 900 == 0, end)


@cache
def reported_in(passed: int) -> list[tuple[int, Status] | None]:
    """For each drawn stay, in the term so many after the first of the year of entrance: the terms
    since his own first, and the status; None for those who are not reported."""
    stays = map(stay_of, range(STAYS))
    return [
        (passed - stay.first, stay.status(passed)) if stay.covers(passed) else None
        for stay in stays
    ]


def student_draws(seed: int, studentnum: str) -> Draws:
    """The draws of one student; the first of them, below STAYS, is his stay."""
    return Draws(f"{seed}:student:{studentnum}")


# Two bytes a person, and asked for in every term of the cohort. The bound holds all cohorts of
# the largest world.
@lru_cache(maxsize=20_000)
def cohort_stays(seed: int, cohort: str, size: int) -> "array[int]":
    """The drawn stays of a cohort in the order of its places."""
    numbers = (f"{cohort}{place:05d}" for place in range(1, size + 1))
    return array("H", (student_draws(seed, number).below(STAYS) for number in numbers))


def term_text(count: int) -> str:
    return f"{count // 3 % 1000:03d}{count % 3 + 1}"
