"""Units and records that are sent as before, on a real database: they are left alone, and counted.

Whatever is skipped, rows and counts must be those of a run that believes no digest.
"""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select, update

from sync_core.base.clock import utc_now
from sync_core.base.errors import SyncError, Unreachable
from sync_core.engine.decode import Decoder
from sync_core.store.data import rejected_rows, row_changes, students, unit_members
from tests.engine.units_by_hand import ByHand, Given, Records, student
from tests.postgres import BOTH, use_new_database

TOP, HIGH, LOW = "4051/1110", "4043/1110", "4041/1110"
FUTURE = "4061/1110"
DOWN = Unreachable("The gateway hung up.")
NO_KEY = {"firstname": "no key"}

TOGETHER = pytest.mark.parametrize("together", [1, 32])
"""One unit a transaction, or all of a run."""

pytestmark = pytest.mark.parametrize("own_databases", BOTH, indirect=True)


@pytest.fixture
def own_databases(
    own_databases: None, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    if request.param == "postgresql":
        use_new_database(request, monkeypatch)


@pytest.fixture
def gateway() -> Iterator[ByHand]:
    by_hand = ByHand()
    yield by_hand
    by_hand.databases.dispose()


@pytest.fixture
def twin(
    gateway: ByHand, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[ByHand]:
    """One with a database of its own, which verifies where `gateway` skips."""
    if gateway.databases.data.engine.dialect.name == "postgresql":
        use_new_database(request, monkeypatch)
    else:
        monkeypatch.setenv("HAMGAM_DATA_URL", f"sqlite:///{tmp_path / 'twin.db'}")
    by_hand = ByHand()
    yield by_hand
    by_hand.databases.dispose()


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many records each call decoded."""
    counts: list[int] = []
    real = Decoder.decode

    def count(self: Decoder, raws: Any) -> Any:
        counts.append(len(raws))
        return real(self, raws)

    monkeypatch.setattr(Decoder, "decode", count)
    return counts


def everything(by_hand: ByHand) -> dict[str, list[tuple[Any, ...]]]:
    """All that a run may write but its own outcomes."""
    tables = (students, row_changes, rejected_rows, unit_members)
    with by_hand.databases.data.read() as session:
        return {
            table.name: sorted(map(tuple, session.execute(select(table))), key=repr)
            for table in tables
        }


def by_hand_in_the_table(gateway: ByHand, statement: Any) -> None:
    with gateway.databases.data.write() as session:
        session.execute(statement)


def changed_cells(gateway: ByHand) -> list[tuple[Any, ...]]:
    """(key, column, old, new) of the last run."""
    columns = (row_changes.c.key, row_changes.c.column, row_changes.c.old, row_changes.c.new)
    query = select(*columns).where(row_changes.c.run_id == gateway.runs).order_by(*columns[:2])
    with gateway.databases.data.read() as session:
        return [tuple(row) for row in session.execute(query)]


def city(gateway: ByHand, key: str) -> Any:
    return gateway.rows()[key]["city"]


def without_first(counts: dict[str, int]) -> dict[str, int]:
    """What a run counts where nothing was inserted or updated."""
    known = counts["inserted"] + counts["updated"] + counts["unchanged"]
    return {**counts, "inserted": 0, "updated": 0, "unchanged": known}


MANY: Given = {
    TOP: [student("1", city="a"), student("1", city="b"), student("1", city="b"), NO_KEY],
    HIGH: [student("1", city="old"), student("2"), student("2"), student(" ")],
    LOW: [student("1"), student("2", city="older"), student("3")],
    "4041/990": [],
}


def test_it_skips_what_is_the_same_and_writes_no_row(gateway: ByHand) -> None:
    gateway.sync(MANY)
    assert gateway.skipped() == set()
    before = everything(gateway)

    gateway.sync(MANY)

    assert gateway.skipped() == set(MANY)
    assert everything(gateway) == before


def test_it_decodes_nothing_when_all_is_the_same(gateway: ByHand, decoded: list[int]) -> None:
    gateway.sync(MANY)
    decoded.clear()

    gateway.sync(MANY)

    assert sum(decoded) == 0


def test_it_counts_a_skipped_unit_as_it_did_before(gateway: ByHand) -> None:
    gateway.sync(MANY)
    first = {name: gateway.counts_of(name) for name in MANY}

    for _ in range(2):
        gateway.sync(MANY)

        assert {name: gateway.counts_of(name) for name in MANY} == {
            name: without_first(counts) for name, counts in first.items()
        }
    assert first[TOP] == {
        "fetched": 4,
        "inserted": 1,
        "updated": 0,
        "unchanged": 0,
        "stale": 1,
        "duplicates": 1,
        "rejected": 1,
    }
    assert first[LOW]["stale"] == 2


def test_it_skips_when_a_run_between_failed(gateway: ByHand) -> None:
    gateway.sync(MANY)
    gateway.sync({**MANY, TOP: DOWN})

    gateway.sync(MANY)

    assert gateway.skipped() == set(MANY)


def test_it_reads_a_unit_that_was_only_reordered_and_decodes_nothing(
    gateway: ByHand, decoded: list[int]
) -> None:
    records = [student(str(number)) for number in range(5)]
    gateway.sync({TOP: records})
    before = everything(gateway)
    decoded.clear()

    counts = gateway.sync({TOP: records[::-1]})

    assert (gateway.skipped(), sum(decoded), counts["unchanged"]) == (set(), 0, 5)
    assert everything(gateway) == before


def test_it_reads_all_again_when_the_page_size_is_another(
    gateway: ByHand, decoded: list[int]
) -> None:
    gateway.sync(MANY)
    decoded.clear()
    gateway.use_page_size(7)

    counts = gateway.sync(MANY)

    assert gateway.skipped() == set()
    assert counts["updated"] == counts["inserted"] == 0
    gateway.sync(MANY)
    assert gateway.skipped() == set(MANY)


def test_it_decodes_all_again_when_the_mapping_is_another(
    gateway: ByHand, decoded: list[int]
) -> None:
    records = [student("1"), student("2")]
    gateway.sync({TOP: records})
    by_hand_in_the_table(
        gateway, update(students).where(students.c.studentnum == "1").values(city="by hand")
    )
    decoded.clear()
    gateway.use_mapping_version(2)

    counts = gateway.sync({TOP: records})

    assert (gateway.skipped(), sum(decoded)) == (set(), 2)
    assert (city(gateway, "1"), counts["updated"]) == (None, 1)
    gateway.sync({TOP: records})
    assert gateway.skipped() == {TOP}


def test_it_decodes_only_what_changed(gateway: ByHand, decoded: list[int]) -> None:
    records = [student(str(number), city="a") for number in range(9)]
    gateway.sync({TOP: records, LOW: records})
    decoded.clear()
    records[4] = student("4", city="b")

    counts = gateway.sync({TOP: records, LOW: [student(str(n), city="a") for n in range(9)]})

    assert sum(decoded) == 1
    assert gateway.skipped() == {LOW}
    assert (counts["updated"], counts["unchanged"], counts["stale"]) == (1, 8, 9)
    assert changed_cells(gateway) == [("4", "city", "a", "b")]


def test_it_decodes_a_change_back_as_well(gateway: ByHand, decoded: list[int]) -> None:
    """The digest of a record that was replaced is forgotten."""
    for each in ("a", "b"):
        gateway.sync({TOP: [student("1", city=each), student("2")]})
    decoded.clear()

    gateway.sync({TOP: [student("1", city="a"), student("2")]})

    assert (city(gateway, "1"), sum(decoded)) == ("a", 1)


def test_it_reads_a_record_again_that_was_rejected(gateway: ByHand, decoded: list[int]) -> None:
    gateway.sync({TOP: [student("1"), NO_KEY]})
    decoded.clear()

    counts = gateway.sync({TOP: [student("2"), student("1"), NO_KEY]})

    assert (counts["rejected"], sum(decoded)) == (1, 2)
    with gateway.databases.data.read() as session:
        query = select(rejected_rows.c.run_id, rejected_rows.c.position).order_by("run_id")
        assert [tuple(row) for row in session.execute(query)] == [(1, 1), (2, 2)]


@TOGETHER
def test_it_lets_the_next_unit_win_when_a_record_is_withdrawn_though_that_one_is_the_same(
    gateway: ByHand, together: int
) -> None:
    gateway.together = together
    lower: Given = {
        HIGH: [student("1", city="high"), student("2", city="high")],
        LOW: [student("1", city="low"), student("3")],
    }
    gateway.sync({TOP: [student("1", city="top"), student("4")], **lower})

    counts = gateway.sync({TOP: [student("4")], **lower})

    assert city(gateway, "1") == "high"
    assert gateway.skipped() == ({LOW} if together == 1 else set())  # it is asked in vain, then
    assert (counts["updated"], counts["unchanged"], counts["stale"]) == (1, 3, 1)
    assert counts["missing"] == 0


def test_it_decodes_only_the_one_who_was_withdrawn_above(
    gateway: ByHand, decoded: list[int]
) -> None:
    lower = {LOW: [student(str(number), city="low") for number in range(6)]}
    gateway.sync({TOP: [student("1", city="top")], **lower})
    decoded.clear()

    gateway.sync({TOP: [], **lower})

    assert (city(gateway, "1"), sum(decoded)) == ("low", 1)


@TOGETHER
def test_it_lets_the_next_unit_win_in_a_later_run_when_a_partial_run_withdrew_the_record(
    gateway: ByHand, together: int
) -> None:
    gateway.together = together
    lower: Given = {HIGH: [student("1", city="high")], LOW: [student("1", city="low")]}
    gateway.sync({TOP: [student("1", city="top"), student("2")], **lower})
    gateway.sync({TOP: [student("2")]}, full=False)
    assert city(gateway, "1") == "top"

    counts = gateway.sync({TOP: [student("2")], **lower})

    assert city(gateway, "1") == "high"
    assert gateway.skipped() == ({TOP, LOW} if together == 1 else {TOP})
    assert (counts["updated"], counts["missing"]) == (1, 0)
    gateway.sync({TOP: [student("2")], **lower})
    assert gateway.skipped() == {TOP, HIGH, LOW}


@TOGETHER
def test_it_lets_the_lowest_unit_win_when_two_above_withdrew_the_record_in_two_runs(
    gateway: ByHand, together: int
) -> None:
    gateway.together = together
    low = {LOW: [student("1", city="low")]}
    gateway.sync({TOP: [student("1", city="top")], HIGH: [student("1", city="high")], **low})
    gateway.sync({TOP: []}, full=False)

    counts = gateway.sync({TOP: [], HIGH: [], **low})

    assert city(gateway, "1") == "low"
    assert (counts["updated"], counts["stale"], counts["missing"]) == (1, 0, 0)


@TOGETHER
def test_it_lets_the_lowest_unit_win_when_one_above_left_the_plan_and_one_withdrew_the_record(
    gateway: ByHand, together: int
) -> None:
    gateway.together = together
    low = {LOW: [student("1", city="low")]}
    gateway.sync({TOP: [student("1", city="top")], HIGH: [student("1", city="high")], **low})

    counts = gateway.sync({HIGH: [], **low})

    assert city(gateway, "1") == "low"
    assert (counts["updated"], counts["stale"], counts["missing"]) == (1, 0, 0)


def test_it_marks_missing_whom_a_partial_run_withdrew_when_the_full_run_skips_all(
    gateway: ByHand,
) -> None:
    gateway.sync({TOP: [student("1"), student("2")], LOW: [student("3")]})
    assert gateway.sync({TOP: [student("2")]}, full=False)["missing"] == 0

    counts = gateway.sync({TOP: [student("2")], LOW: [student("3")]})

    assert (gateway.skipped(), counts["missing"]) == ({TOP, LOW}, 1)
    assert gateway.rows()["1"]["missing_since"] is not None


def test_it_lets_a_unit_win_again_that_left_the_plan_and_came_back_the_same(
    gateway: ByHand,
) -> None:
    high, low = [student("1", city="high")], [student("1", city="low")]
    gateway.sync({HIGH: high, LOW: low})
    gateway.sync({LOW: low})
    assert city(gateway, "1") == "low"

    counts = gateway.sync({HIGH: high, LOW: low})

    assert city(gateway, "1") == "high"
    assert gateway.skipped() == {LOW}
    assert (counts["updated"], counts["stale"]) == (1, 1)


def test_it_takes_people_over_from_a_unit_outside_the_plan_when_it_is_the_same(
    gateway: ByHand,
) -> None:
    low = [student("1", city="low"), student("2", city="low")]
    gateway.sync({HIGH: [student("1", city="high")], LOW: low})

    counts = gateway.sync({LOW: low})

    assert city(gateway, "1") == "low"
    assert (counts["updated"], counts["unchanged"]) == (1, 1)
    gateway.sync({LOW: low})
    assert gateway.skipped() == {LOW}


def test_it_takes_equal_rows_over_from_a_unit_outside_the_plan_and_writes_no_change(
    gateway: ByHand,
) -> None:
    low = [student("1"), student("2")]
    gateway.sync({HIGH: [student("1")], LOW: low})
    rows = gateway.rows()

    counts = gateway.sync({LOW: low})

    assert (counts["unchanged"], changed_cells(gateway)) == (2, [])
    assert {k: r["last_run"] for k, r in gateway.rows().items()} == {
        k: r["last_run"] for k, r in rows.items()
    }
    assert len({row["unit_id"] for row in gateway.rows().values()}) == 1


@pytest.mark.parametrize("between", [False, True], ids=["at once", "after a full run"])
def test_it_lets_a_named_unit_outside_the_plan_win_whenever_it_is_read(
    gateway: ByHand, between: bool
) -> None:
    future, plan = [student("1", city="future")], {LOW: [student("1", city="low")]}
    gateway.sync(plan)
    gateway.sync({FUTURE: future}, full=False)
    if between:
        gateway.sync(plan)
        assert city(gateway, "1") == "low"

    counts = gateway.sync({FUTURE: future}, full=False)

    assert city(gateway, "1") == "future"
    assert (counts["updated"], counts["unchanged"], counts["stale"]) == (between, not between, 0)


def test_it_keeps_the_rows_of_a_unit_that_fails_and_counts_them_once_below(
    gateway: ByHand,
) -> None:
    lower: Given = {HIGH: [student("1", city="high")], LOW: [student("1"), student("2")]}
    gateway.sync({TOP: [student("1", city="top")], **lower})

    gateway.sync({TOP: DOWN, **lower})

    assert city(gateway, "1") == "top"
    assert gateway.skipped() == {HIGH, LOW}
    assert [gateway.counts_of(HIGH)[name] for name in ("unchanged", "stale")] == [1, 0]
    assert [gateway.counts_of(LOW)[name] for name in ("unchanged", "stale")] == [1, 1]


def test_it_counts_once_whom_a_failed_unit_reports_when_the_next_one_is_read(
    gateway: ByHand,
) -> None:
    low = [student("1"), student("2")]
    gateway.sync({TOP: [student("1", city="top")], HIGH: [student("1")], LOW: low})

    gateway.sync({TOP: DOWN, HIGH: [student("1", city="new")], LOW: low})

    assert city(gateway, "1") == "top"
    assert [gateway.counts_of(HIGH)[name] for name in ("unchanged", "stale")] == [1, 0]
    assert [gateway.counts_of(LOW)[name] for name in ("unchanged", "stale")] == [1, 1]


BASE: Given = {
    TOP: [student("1", city="a"), student("2", city="a")],
    LOW: [student("2", city="low"), student("3", city="low")],
}


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
