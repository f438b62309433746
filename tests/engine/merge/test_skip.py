"""Units and records that are sent as before, on a real database: they are left alone, and counted.

Whatever is skipped, rows and counts must be those of a run that believes no digest.
"""

import pytest
from sqlalchemy import select, update

from sync_core.base.errors import Unreachable
from sync_core.store.data import rejected_rows, students
from tests.engine.merge.cases import (
    FUTURE,
    HIGH,
    LOW,
    MANY,
    NO_KEY,
    TOP,
    by_hand_in_the_table,
    changed_cells,
    city,
    everything,
    without_first,
)
from tests.engine.units_by_hand import ByHand, Given, student
from tests.postgres import BOTH

DOWN = Unreachable("The gateway hung up.")

TOGETHER = pytest.mark.parametrize("together", [1, 32])
"""One unit a transaction, or all of a run."""

pytestmark = pytest.mark.parametrize("own_databases", BOTH, indirect=True)


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
