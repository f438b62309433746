"""A writer over a real data database, to which tests give units and records by hand."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from fetch_data.students_main import SOURCE
from sync_core.base.clock import monotonic_s, utc_now
from sync_core.base.settings import load
from sync_core.engine.reference import read_reference
from sync_core.engine.source import Unit
from sync_core.engine.unit import Writer
from sync_core.store import ledger
from sync_core.store.data import students
from sync_core.store.engines import open_databases
from sync_core.store.ledger import UnitOutcome
from sync_core.store.migrate import prepare

Given = Mapping[str, list[dict[str, Any]]]
"""Unit ("4041/1110") → the records that the gateway answers."""


class ByHand:
    """Runs of the students source without a gateway; `run` numbers them from 1."""

    def __init__(self) -> None:
        self.settings = load()
        self.databases = open_databases(self.settings)
        prepare(self.settings, self.databases)
        self.runs = 0
        self.plan: set[str] = set()

    def writer(self, units: list[Unit]) -> Writer:
        self.runs += 1
        self.plan = self.plan or {unit.name for unit in units}
        with self.databases.data.write() as session:
            fence = ledger.raise_fence(session, "students", self.runs, utc_now())
            ranks = {unit.name: unit.rank for unit in units}
            ledger.register_plan(session, "students", ranks, self.plan)
            ids = ledger.unit_ids(session, "students")
            reference = read_reference(session, self.settings)
        return Writer(self.databases.data, SOURCE, reference, fence, ids)

    def sync(self, given: Given, *, full: bool = True) -> dict[str, int]:
        """The run's counts, with `missing`."""
        self.plan = set(given) if full else self.plan
        units = sorted((unit(name) for name in given), key=lambda u: u.rank, reverse=True)
        writer = self.writer(units)
        outcomes = [writer.apply(u, given[u.name], monotonic_s()) for u in units]
        missing = writer.mark_missing() if full else 0
        return {**summed(outcomes), "missing": missing}

    def rows(self) -> dict[str, dict[str, Any]]:
        with self.databases.data.read() as session:
            found = session.execute(select(students)).mappings()
            return {row["studentnum"]: dict(row) for row in found}


def unit(name: str) -> Unit:
    term, campus = name.split("/")
    return Unit(
        name, f"{int(term):08d}:{int(campus):012d}:{campus}", {"term": term, "campus": campus}
    )


def summed(outcomes: list[UnitOutcome]) -> dict[str, int]:
    total: dict[str, int] = {}
    for outcome in outcomes:
        for name, count in outcome.counts.items():
            total[name] = total.get(name, 0) + count
    return total


def student(number: str, **fields: Any) -> dict[str, Any]:
    return {"studentnum": number, "firstname": "آرمان", "familyname": "نمونه", **fields}
