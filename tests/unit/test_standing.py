"""The total order of units: who wins a person, and when nobody above is left to be heard."""

from collections.abc import Iterable
from itertools import chain, combinations, product

import pytest

from sync_core.engine.standing import Standing
from sync_core.store.ledger import UnitState

LOWER, UNIT, HIGHER, LOWER_OUTSIDE, HIGHER_OUTSIDE, UNKNOWN = 1, 2, 3, 4, 5, 99


def states(*units: tuple[int, str, bool]) -> dict[str, UnitState]:
    """(id, rank, whether it is part of the plan) of each."""
    return {str(id_): UnitState(id_, str(id_), rank, plan, None) for id_, rank, plan in units}


def standing(*, unit_in_plan: bool = True, settled: Iterable[int] = ()) -> Standing:
    known = Standing(
        states(
            (UNIT, "c", unit_in_plan),
            (HIGHER, "d", True),
            (LOWER_OUTSIDE, "a", False),
            (HIGHER_OUTSIDE, "e", False),
            (LOWER, "b", True),
        )
    )
    for unit_id in settled:
        known.settle(unit_id)
    return known


@pytest.mark.parametrize("unit_in_plan", [True, False])
@pytest.mark.parametrize(
    ("owner", "settled", "wins"),
    [
        (None, (), True),
        (UNKNOWN, (), True),
        (UNIT, (), True),
        (UNIT, (UNIT,), True),
        (LOWER, (), True),
        (LOWER, (LOWER,), True),
        (HIGHER, (), False),
        (HIGHER, (HIGHER,), False),
        (LOWER_OUTSIDE, (), True),
        (LOWER_OUTSIDE, (LOWER_OUTSIDE,), True),
        (HIGHER_OUTSIDE, (), True),
        (HIGHER_OUTSIDE, (HIGHER,), True),
        (HIGHER_OUTSIDE, (HIGHER_OUTSIDE,), False),
    ],
)
def test_it_lets_the_highest_unit_win_that_counts(
    unit_in_plan: bool, owner: int | None, settled: tuple[int, ...], wins: bool
) -> None:
    known = standing(unit_in_plan=unit_in_plan, settled=settled)

    assert known.wins(UNIT, owner) is wins


def test_it_lets_exactly_one_of_two_units_win_when_both_count() -> None:
    known = standing(settled=(HIGHER_OUTSIDE, LOWER_OUTSIDE))

    for one, other in combinations((LOWER, UNIT, HIGHER, LOWER_OUTSIDE, HIGHER_OUTSIDE), 2):
        assert known.wins(one, other) is not known.wins(other, one)


PLANS = list(product([True, False], repeat=5))


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: "".join("-p"[part] for part in plan))
def test_it_knows_when_every_higher_unit_of_the_plan_has_answered(plan: tuple[bool, ...]) -> None:
    ids = range(len(plan))  # 0 is the lowest
    ranked = [(each, "abcde"[each], plan[each]) for each in ids]
    for unit in ids:
        above = range(unit + 1, len(plan))
        subsets = chain.from_iterable(combinations(above, size) for size in range(len(above) + 1))
        for heard in subsets:
            known = Standing(states(*ranked))
            for other in sorted(heard, reverse=True):
                known.settle(other)
            everybody = {other for other in above if plan[other]} <= set(heard)
            assert known.all_above_settled(unit) is everybody
            known.settle(unit)
            assert known.all_above_settled(unit) is everybody


def test_it_says_who_is_outside_the_plan() -> None:
    assert sorted(standing(unit_in_plan=False).outside_plan) == [
        UNIT,
        LOWER_OUTSIDE,
        HIGHER_OUTSIDE,
    ]


def test_it_remembers_who_has_answered() -> None:
    known = standing(settled=(HIGHER,))

    assert known.is_settled(HIGHER)
    assert not known.is_settled(UNIT)
    assert not known.is_settled(UNKNOWN)
