"""A writer over a real data database, to which tests give units and records by hand."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from fetch_data.students_main import SOURCE
from sync_core.base.clock import utc_now
from sync_core.base.errors import SyncError
from sync_core.base.settings import load
from sync_core.engine.fetching import TOGETHER, Fetched
from sync_core.engine.guards import Guards
from sync_core.engine.reference import read_reference
from sync_core.engine.source import Page, Unit
from sync_core.engine.writer import Job, Writer
from sync_core.store import ledger
from sync_core.store.data import students
from sync_core.store.engines import open_databases
from sync_core.store.fence import raise_fence
from sync_core.store.ledger import UnitOutcome
from sync_core.store.migrate import prepare

Records = Sequence[dict[str, Any]]
Given = Mapping[str, Records | SyncError]
"""Unit ("4041/1110") → the records that the gateway answers, or why it does not."""


class ByHand:
    """Runs of the students source without a gateway; `runs` counts them, so it names the last one.

    `together`: how many units the writer is given at once.
    """

    def __init__(self) -> None:
        self.settings, self.source = load(), SOURCE
        self.databases = open_databases(self.settings)
        prepare(self.settings, self.databases)
        self.runs, self.together = 0, TOGETHER
        self.plan: set[str] = set()
        self.outcomes: list[UnitOutcome] = []
        self.drift = 0
        self.guards: Guards | None = None

    def writer(self, units: list[Unit], *, verify: bool = False) -> Writer:
        self.runs += 1
        self.plan = self.plan or {unit.name for unit in units}
        with self.databases.data.write() as session:
            fence = raise_fence(session, "students", self.runs, utc_now())
            ranks = {unit.name: unit.rank for unit in units}
            ledger.register_plan(session, "students", ranks, self.plan)
            states = ledger.unit_states(session, "students")
            reference = read_reference(session, self.settings)
        job = Job(self.source, reference, fence, self.guards, verify)
        writer = Writer(self.databases.data, job, states)
        writer.begin()
        return writer

    def sync(self, given: Given, *, full: bool = True, verify: bool = False) -> dict[str, int]:
        """The run's counts, with `missing`."""
        self.plan = set(given) if full else self.plan
        units = sorted((unit(name) for name in given), key=lambda u: u.rank, reverse=True)
        writer = self.writer(units, verify=verify)
        group = [answer(u.name, given[u.name]) for u in units]
        portions = [group[at : at + self.together] for at in range(0, len(group), self.together)]
        self.outcomes = [ended.outcome for some in portions for ended in writer.apply(some)]
        self.drift = writer.drift
        missing = writer.mark_missing() if full else 0
        return {**summed(self.outcomes), "missing": missing}

    def use_mapping_version(self, version: int) -> None:
        self.source = replace(self.source, mapping_version=version)

    def use_page_size(self, size: int) -> None:
        self.settings = replace(self.settings, page_size=size)

    def counts_of(self, name: str) -> dict[str, int]:
        """What the last run counted in one unit."""
        return next(dict(each.counts) for each in self.outcomes if each.unit == name)

    def skipped(self) -> set[str]:
        """Units that the last run did not read."""
        return {outcome.unit for outcome in self.outcomes if outcome.skipped}

    def rows(self) -> dict[str, dict[str, Any]]:
        with self.databases.data.read() as session:
            found = session.execute(select(students)).mappings()
            return {row["studentnum"]: dict(row) for row in found}


def answer(name: str, given: Records | SyncError) -> Fetched:
    return Fetched(unit(name), error=given) if isinstance(given, SyncError) else sent(name, given)


def sent(name: str, *pages: Records) -> Fetched:
    return Fetched(unit(name), [Page(json.dumps(list(page)).encode()) for page in pages])


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
