"""The merge, unit by unit, on a real database: who wins, what is counted, what is remembered."""

from typing import Any

import pytest
from sqlalchemy import select

from sync_core.base.clock import utc_now
from sync_core.base.errors import LostFence
from sync_core.store import ledger
from sync_core.store.data import rejected_rows, row_changes, unit_members
from sync_core.store.fence import raise_fence
from tests.engine.units_by_hand import ByHand, sent, student, unit
from tests.postgres import BOTH

PARTS = ("inserted", "updated", "unchanged", "stale", "duplicates", "rejected")


pytestmark = pytest.mark.parametrize("own_databases", BOTH, indirect=True)


def changes(by_hand: ByHand, run_id: int) -> list[tuple[Any, ...]]:
    """(key, column, old, new) of a run, in order."""
    columns = (row_changes.c.key, row_changes.c.column, row_changes.c.old, row_changes.c.new)
    query = select(*columns).where(row_changes.c.run_id == run_id).order_by(*columns[:2])
    with by_hand.databases.data.read() as session:
        return [tuple(row) for row in session.execute(query)]


def test_it_keeps_the_row_of_the_highest_term(gateway: ByHand) -> None:
    counts = gateway.sync(
        {
            "4041/1110": [student("981", vazeiyat="studying")],
            "4051/1110": [student("981", vazeiyat="graduated")],
            "4042/1120": [student("981", vazeiyat="on leave")],
        }
    )

    assert gateway.rows()["981"]["vazeiyat"] == "graduated"
    assert (counts["inserted"], counts["stale"]) == (1, 2)


def test_it_trusts_the_term_asked_for_when_the_record_says_another(gateway: ByHand) -> None:
    gateway.sync(
        {
            "4041/1110": [student("981", term="4999", city="old")],
            "4051/1110": [student("981", term="", city="new")],
        }
    )

    assert gateway.rows()["981"]["city"] == "new"


def test_it_prefers_the_higher_campus_when_the_term_is_the_same(gateway: ByHand) -> None:
    gateway.sync(
        {"4051/990": [student("981", city="low")], "4051/1110": [student("981", city="high")]}
    )

    assert gateway.rows()["981"]["city"] == "high"


@pytest.mark.parametrize("turn", [1, -1])
def test_it_decides_by_content_when_one_unit_has_two_records(gateway: ByHand, turn: int) -> None:
    records = [student("981", city="a"), student("981", city="b"), student("981", city="b")]

    counts = gateway.sync({"4051/1110": records[::turn]})

    assert gateway.rows()["981"]["city"] == "b"
    assert (counts["stale"], counts["duplicates"]) == (1, 1)


def test_it_counts_so_that_the_parts_add_up_to_what_was_fetched(gateway: ByHand) -> None:
    gateway.sync({"4051/1110": [student("1"), student("2", city="x")]})

    counts = gateway.sync(
        {
            "4051/1110": [student("1"), student("2", city="y"), student("3"), student("3")],
            "4043/1110": [student("1", city="older"), student("4"), {"firstname": "no key"}],
        }
    )

    assert {name: counts[name] for name in PARTS} == {
        "inserted": 2,
        "updated": 1,
        "unchanged": 1,
        "stale": 1,
        "duplicates": 1,
        "rejected": 1,
    }
    assert sum(counts[name] for name in PARTS) == counts["fetched"] == 7


def test_it_counts_a_person_once_when_a_partial_run_reads_only_lower_units(
    gateway: ByHand,
) -> None:
    everything = {"4051/1110": [student("1", city="new")], "4041/1110": [student("1", city="old")]}
    gateway.sync(everything)

    counts = gateway.sync({"4041/1110": everything["4041/1110"]}, full=False)

    assert gateway.rows()["1"]["city"] == "new"
    assert (counts["unchanged"], counts["stale"], counts["updated"]) == (1, 0, 0)


def test_it_listens_to_the_plan_when_a_higher_unit_has_left_it(gateway: ByHand) -> None:
    gateway.sync({"4051/1110": [student("1", city="a")], "4051/1120": [student("1", city="b")]})

    counts = gateway.sync({"4051/1110": [student("1", city="new")]})

    assert gateway.rows()["1"]["city"] == "new"
    assert counts["updated"] == 1


def test_it_remembers_each_changed_cell_and_one_marker_for_a_first_insert(
    gateway: ByHand,
) -> None:
    gateway.sync({"4051/1110": [student("1", city="x", code_Markaz=5)]})
    gateway.sync({"4051/1110": [student("1", city="y", code_Markaz="6"), student("2")]})

    assert changes(gateway, 1) == [("1", None, None, None)]
    assert changes(gateway, 2) == [
        ("1", "city", "x", "y"),
        ("1", "code_Markaz", "5", "6"),
        ("2", None, None, None),
    ]
    assert gateway.rows()["1"]["first_run"] == 1
    assert gateway.rows()["1"]["last_run"] == 2


def test_it_falls_back_to_the_next_unit_when_the_winning_record_was_withdrawn(
    gateway: ByHand,
) -> None:
    lower = [student("1", city="lower")]
    gateway.sync({"4051/1110": [student("1", city="higher")], "4043/1110": lower})

    counts = gateway.sync({"4051/1110": [], "4043/1110": lower})

    assert gateway.rows()["1"]["city"] == "lower"
    assert (counts["updated"], counts["missing"]) == (1, 0)


def test_it_marks_whom_nobody_reports_and_clears_the_mark_on_return(gateway: ByHand) -> None:
    gateway.sync({"4051/1110": [student("1"), student("2")]})

    gone = gateway.sync({"4051/1110": [student("1")]})
    marked = gateway.rows()["2"]["missing_since"]
    again = gateway.sync({"4051/1110": [student("1")]})
    back = gateway.sync({"4051/1110": [student("1"), student("2")]})

    assert (gone["missing"], again["missing"]) == (1, 0)
    assert marked is not None
    assert gateway.rows()["2"]["missing_since"] is None
    assert (back["updated"], back["unchanged"]) == (1, 1)


def test_it_marks_nobody_missing_who_is_only_outside_the_plan(gateway: ByHand) -> None:
    gateway.sync({"4051/1110": [student("1")], "4051/1120": [student("2")]})

    counts = gateway.sync({"4051/1110": [student("1")]})

    assert counts["missing"] == 0
    assert gateway.rows()["2"]["missing_since"] is None


def test_it_writes_nothing_when_the_answer_is_the_same(gateway: ByHand) -> None:
    records = [student("1"), student("2", provinceCode="7", sex=1)]
    gateway.sync({"4051/1110": records})
    before = gateway.rows()

    counts = gateway.sync({"4051/1110": list(reversed(records))})

    assert gateway.rows() == before
    assert counts["unchanged"] == 2
    assert changes(gateway, 2) == []


def test_it_keeps_rejects_with_their_reason_and_stores_the_others(gateway: ByHand) -> None:
    gateway.sync(
        {
            "4051/1110": [
                student("1"),
                student(" "),
                student("2", city=["a", "list"]),
                student("3", provinceCode="north"),
            ]
        }
    )

    with gateway.databases.data.read() as session:
        reasons = session.execute(
            select(rejected_rows.c.position, rejected_rows.c.reason).order_by("position")
        ).all()
    assert [tuple(row) for row in reasons] == [
        (1, "studentnum is missing or is no code"),
        (2, "city holds a list"),
        (3, "provinceCode holds text where a whole number belongs"),
    ]
    assert set(gateway.rows()) == {"1"}


def test_it_commits_nothing_when_the_fence_was_raised(gateway: ByHand) -> None:
    writer = gateway.writer([unit("4051/1110")])
    with gateway.databases.data.write() as session:
        raise_fence(session, "students", 99, utc_now())

    with pytest.raises(LostFence):
        list(writer.apply([sent("4051/1110", [student("1")])]))

    assert gateway.rows() == {}
    with gateway.databases.data.read() as session:
        assert session.execute(select(unit_members)).all() == []
        assert ledger.outcomes_of(session, 1, "students") == []
