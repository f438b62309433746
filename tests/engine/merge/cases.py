"""What the tests of skipping and of verifying look at."""

from typing import Any

from sqlalchemy import select

from sync_core.store.data import rejected_rows, row_changes, students, unit_members
from tests.engine.units_by_hand import ByHand, Given, student

TOP, HIGH, LOW = "4051/1110", "4043/1110", "4041/1110"
FUTURE = "4061/1110"
NO_KEY = {"firstname": "no key"}

MANY: Given = {
    TOP: [student("1", city="a"), student("1", city="b"), student("1", city="b"), NO_KEY],
    HIGH: [student("1", city="old"), student("2"), student("2"), student(" ")],
    LOW: [student("1"), student("2", city="older"), student("3")],
    "4041/990": [],
}

BASE: Given = {
    TOP: [student("1", city="a"), student("2", city="a")],
    LOW: [student("2", city="low"), student("3", city="low")],
}


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
