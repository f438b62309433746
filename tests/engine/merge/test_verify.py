"""A run that believes no digest: what it finds and repairs; and that skipping ends the same."""

import random
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select, update

from sync_core.base.clock import utc_now
from sync_core.base.errors import SyncError, Unreachable
from sync_core.store.data import students, unit_members
from tests.engine.merge.cases import (
    BASE,
    FUTURE,
    HIGH,
    LOW,
    MANY,
    TOP,
    by_hand_in_the_table,
    changed_cells,
    city,
    everything,
)
from tests.engine.units_by_hand import ByHand, Given, Records, student
from tests.postgres import BOTH

DOWN = Unreachable("The gateway hung up.")

TOGETHER = pytest.mark.parametrize("together", [1, 32])
"""One unit a transaction, or all of a run."""

pytestmark = pytest.mark.parametrize("own_databases", BOTH, indirect=True)


def test_it_verifies_without_finding_anything_when_nobody_touched_the_table(
    gateway: ByHand,
) -> None:
    gateway.sync(BASE)
    before = everything(gateway)

    counts = gateway.sync(BASE, verify=True)

    assert gateway.skipped() == set()
    assert (gateway.drift, counts["unchanged"], counts["stale"]) == (0, 3, 1)
    assert everything(gateway) == before


@pytest.mark.parametrize(
    ("column", "value"), [("city", "by hand"), ("province_code", 7), ("missing_since", utc_now())]
)
def test_it_finds_and_repairs_a_cell_changed_by_hand_when_it_verifies(
    gateway: ByHand, column: str, value: Any
) -> None:
    gateway.sync(BASE)
    before = gateway.rows()
    statement = update(students).where(students.c.studentnum == "2").values({column: value})
    by_hand_in_the_table(gateway, statement)

    gateway.sync(BASE)
    assert (gateway.skipped(), gateway.drift) == (set(BASE), 0)
    assert gateway.rows() != before

    counts = gateway.sync(BASE, verify=True)
    assert (gateway.drift, counts["updated"], counts["unchanged"]) == (1, 1, 2)
    assert gateway.rows() == {**before, "2": {**before["2"], "last_run": 3}}
    assert [key for key, *_ in changed_cells(gateway)] == ["2"]


@pytest.mark.parametrize("key", ["1", "2", "3"])
def test_it_finds_and_repairs_a_row_deleted_by_hand_when_it_verifies(
    gateway: ByHand, key: str
) -> None:
    gateway.sync(BASE)
    before = gateway.rows()
    by_hand_in_the_table(gateway, delete(students).where(students.c.studentnum == key))

    counts = gateway.sync(BASE)
    assert (gateway.skipped(), counts["fetched"]) == (set(BASE), 4)
    assert key not in gateway.rows()

    counts = gateway.sync(BASE, verify=True)
    assert (gateway.drift, counts["inserted"], counts["unchanged"]) == (1, 1, 2)
    assert gateway.rows()[key] == {**before[key], "first_run": 3, "last_run": 3}


def test_it_finds_a_row_added_by_hand_and_marks_it_missing_when_it_verifies(
    gateway: ByHand,
) -> None:
    gateway.sync(BASE)
    before = gateway.rows()
    row = {**before["1"], "studentnum": "99"}
    by_hand_in_the_table(gateway, insert(students).values(row))

    counts = gateway.sync(BASE)
    assert (gateway.skipped(), counts["missing"]) == (set(BASE), 0)
    assert gateway.rows()["99"]["missing_since"] is None

    counts = gateway.sync(BASE, verify=True)
    assert (gateway.drift, counts["missing"], counts["unchanged"]) == (1, 1, 3)
    rows = gateway.rows()
    assert (rows["99"]["missing_since"] is not None, rows["99"]["unit_id"]) == (True, None)
    assert {key: rows[key] for key in before} == before

    gateway.sync(BASE, verify=True)
    assert gateway.drift == 0


@TOGETHER
def test_it_repairs_a_row_given_to_another_unit_by_hand_when_it_verifies(
    gateway: ByHand, together: int
) -> None:
    gateway.together = together
    gateway.sync(BASE)
    before = gateway.rows()
    values = {"unit_id": before["1"]["unit_id"], "city": "by hand"}
    by_hand_in_the_table(
        gateway, update(students).where(students.c.studentnum == "3").values(values)
    )

    counts = gateway.sync(BASE, verify=True)

    assert gateway.rows() == {**before, "3": {**before["3"], "last_run": 2}}
    assert (counts["updated"], counts["unchanged"], counts["stale"]) == (1, 2, 1)
    assert gateway.drift >= 1


def test_it_counts_no_drift_when_the_gateway_itself_changed_things(gateway: ByHand) -> None:
    gateway.sync({TOP: [student("1", city="a"), student("2")], LOW: [student("3")]})

    gateway.sync(
        {TOP: [student("1", city="b"), student("4")], LOW: [student("3"), student("5")]},
        verify=True,
    )

    assert gateway.drift == 0


def test_it_counts_no_drift_when_a_record_was_withdrawn_above(gateway: ByHand) -> None:
    low = [student("1", city="low")]
    gateway.sync({TOP: [student("1", city="top")], LOW: low})

    counts = gateway.sync({TOP: [], LOW: low}, verify=True)

    assert (city(gateway, "1"), counts["updated"]) == ("low", 1)
    assert gateway.drift == 0


def test_it_counts_no_drift_when_a_unit_comes_back_into_the_plan(gateway: ByHand) -> None:
    low = [student("1", city="low")]
    gateway.sync({TOP: [student("1", city="top")], LOW: low})
    gateway.sync({LOW: low})

    gateway.sync({TOP: [student("1", city="top")], LOW: low}, verify=True)

    assert (city(gateway, "1"), gateway.drift) == ("top", 0)


def test_it_counts_no_drift_when_a_unit_left_the_plan(gateway: ByHand) -> None:
    low = [student("1", city="low")]
    gateway.sync({TOP: [student("1", city="top")], LOW: low})

    gateway.sync({LOW: low}, verify=True)

    assert (city(gateway, "1"), gateway.drift) == ("low", 0)


PARTS: list[tuple[Given, bool]] = [
    (MANY, True),
    ({LOW: MANY[LOW]}, False),
    ({HIGH: MANY[HIGH], LOW: MANY[LOW]}, False),
    ({**MANY, TOP: DOWN}, False),
    ({**MANY, HIGH: DOWN}, False),
    ({HIGH: DOWN, LOW: MANY[LOW]}, False),
]


@pytest.mark.parametrize(
    ("given", "full"), PARTS, ids=["all", "low", "lower", "top fails", "high fails", "low alone"]
)
def test_it_counts_the_same_when_it_skips_as_when_it_verifies(
    gateway: ByHand, given: Given, full: bool
) -> None:
    gateway.sync(MANY)

    gateway.sync(given, full=full)
    skipping, skipped = _counts(gateway), gateway.skipped()
    gateway.sync(given, full=full, verify=True)

    assert skipped == {name for name, records in given.items() if records is not DOWN}
    assert _counts(gateway) == skipping


UNITS = ("4051/1120", "4051/1110", "4043/1110", "4041/1110")


class World:
    """What a gateway might answer, run after run: much stays as it was."""

    def __init__(self, seed: int, names: tuple[str, ...]) -> None:
        self.chance = random.Random(seed)
        self.answers = {name: self._some() for name in names}

    def change(self) -> None:
        for name in self.chance.sample(sorted(self.answers), k=self.chance.choice([0, 1, 1, 2])):
            self.answers[name] = self._changed(self.answers[name])

    def answer(self, name: str) -> Records | SyncError:
        return DOWN if self.chance.random() < 0.1 else self.answers[name]

    def _some(self) -> list[dict[str, Any]]:
        return [self._record() for _ in range(self.chance.randint(0, 6))]

    def _record(self) -> dict[str, Any]:
        key = self.chance.choice(["1", "2", "3", "4", "5", " "])
        return student(key, city=self.chance.choice("ab"))

    def _changed(self, records: Records) -> list[dict[str, Any]]:
        kept = [each for each in records if self.chance.random() < 0.7]
        return kept + [self._record() for _ in range(self.chance.randint(0, 2))]


def _next_run(
    world: World, plan: Sequence[str], named: Sequence[str]
) -> tuple[dict[str, Records | SyncError], bool]:
    """`named` are the units of which a partial run takes two."""
    full = world.chance.random() < 0.6
    chosen = plan if full else world.chance.sample(sorted(named), k=2)
    return {name: world.answer(name) for name in chosen}, full


def _compare(
    skipping: ByHand, reading: ByHand, world: World, *, plans: bool = False, outside: bool = False
) -> None:
    """`plans`: the plan changes; `outside`: also units outside it are named."""
    plan: Sequence[str] = UNITS
    for _ in range(8):
        if plans and world.chance.random() < 0.3:
            plan = world.chance.sample(UNITS, k=3)
        given, full = _next_run(world, plan, list(world.answers) if outside else plan)
        complete = full and DOWN not in given.values()
        if full:
            skipping.plan = reading.plan = set(plan)
        skipping.together, reading.together = (world.chance.choice([1, 2, 32]) for _ in "ab")
        counts = skipping.sync(given, full=complete)
        assert counts == reading.sync(given, full=complete, verify=True)
        assert _counts(skipping) == _counts(reading)
        assert _rows(skipping) == _rows(reading)
        world.change()


def _counts(by_hand: ByHand) -> list[dict[str, int]]:
    return [dict(each.counts) for each in by_hand.outcomes]


def _rows(by_hand: ByHand) -> dict[str, tuple[Any, ...]]:
    return {
        key: (row["city"], row["unit_id"], row["last_run"], row["missing_since"] is None)
        for key, row in by_hand.rows().items()
    }


SEEDS = pytest.mark.parametrize("seed", range(5))


@SEEDS
def test_it_ends_as_a_run_that_believes_no_digest(gateway: ByHand, twin: ByHand, seed: int) -> None:
    _compare(gateway, twin, World(seed, UNITS))


@SEEDS
def test_it_ends_as_a_run_that_believes_no_digest_when_the_plan_changes(
    gateway: ByHand, twin: ByHand, seed: int
) -> None:
    _compare(gateway, twin, World(seed, UNITS), plans=True)


@SEEDS
def test_it_ends_as_a_run_that_believes_no_digest_when_units_outside_the_plan_are_named(
    gateway: ByHand, twin: ByHand, seed: int
) -> None:
    _compare(gateway, twin, World(seed, (*UNITS, FUTURE)), plans=True, outside=True)


def test_it_leaves_no_stranger_in_the_ledger(gateway: ByHand) -> None:
    """Members are exactly the people of each unit's last success, whatever was skipped."""
    gateway.sync(MANY)
    gateway.sync({**MANY, TOP: [student("2")]})
    gateway.sync({**MANY, TOP: [student("2")]})

    with gateway.databases.data.read() as session:
        query = select(unit_members.c.unit_id, func.count()).group_by(unit_members.c.unit_id)
        assert sorted(row[1] for row in session.execute(query)) == [1, 2, 3]
