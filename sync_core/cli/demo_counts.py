"""Counts of fictional runs, made up so that they add up. It knows no database and no clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from sync_core.store.control import COUNTS

Counts = dict[str, int]
"""By the names of COUNTS."""
MOST_MARKED = 60
"""New and changed people of one run, each: they are drawn one by one."""


@dataclass(frozen=True, slots=True)
class Sums:
    """What a whole plan counts, were all of it read. `people`: the new and changed ones, too."""

    people: int
    inserted: int = 0
    updated: int = 0
    stale: int = 0
    duplicates: int = 0
    rejected: int = 0


def counted(draw: Random, units: int, sums: Sums) -> list[Counts]:
    """A count for each unit, the newest first: it has most of the people, the older ones most of
    what lost to a newer one."""
    falling = [(units - place) ** 3 for place in range(units)]
    rising = list(range(units)) if units > 1 else [1]
    found = [dict.fromkeys(COUNTS, 0) for _ in range(units)]
    for counts, people, stale in zip(
        found, shares(sums.people, falling), shares(sums.stale, rising), strict=True
    ):
        counts["unchanged"], counts["stale"] = people, stale
    _mark(draw, found, "inserted", sums.inserted)
    _mark(draw, found, "updated", sums.updated)
    _add(draw, found, "duplicates", sums.duplicates)
    _add(draw, found, "rejected", sums.rejected)
    for counts in found:
        counts["fetched"] = sum(counts[name] for name in COUNTS[1:])
    return found


def shares(total: int, weights: Sequence[int]) -> list[int]:
    """`total`, divided in proportion to the weights; nothing is lost by rounding."""
    whole, so_far, given, found = sum(weights), 0, 0, []
    for weight in weights:
        so_far += weight
        upto = total * so_far // whole
        found.append(upto - given)
        given = upto
    return found


def _mark(draw: Random, units: list[Counts], name: str, people: int) -> None:
    """Some of those who were unchanged are not."""
    for _ in range(min(people, MOST_MARKED)):
        left = [counts["unchanged"] for counts in units]
        if not any(left):
            return
        counts = draw.choices(units, weights=left)[0]
        counts["unchanged"] -= 1
        counts[name] += 1


def _add(draw: Random, units: list[Counts], name: str, records: int) -> None:
    for _ in range(records):
        draw.choice(units)[name] += 1
