"""Whatever the gateway sends, in whatever order and portions: the same table and the same counts as
a reference that knows no database, no digest and no order.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sync_core.base.errors import GatewayFault
from sync_core.engine.fetching import Fetched
from sync_core.engine.source import Page
from tests.engine.units_by_hand import ByHand, summed, unit

UNITS = ["4051/1120", "4051/1110", "4043/1120", "4043/1110", "4042/1110"]
PARTS = ("inserted", "updated", "unchanged", "stale", "duplicates", "rejected")

Record = dict[str, Any]
Row = tuple[str, str | None, int | None]


@dataclass(frozen=True)
class Run:
    """`sent`: unit → its pages; None for one that does not answer. `cuts`: where groups end."""

    sent: dict[str, list[list[Record]] | None]
    cuts: frozenset[int]
    verify: bool

    @property
    def is_full(self) -> bool:
        return len(self.sent) == len(UNITS)

    @property
    def is_whole(self) -> bool:
        return self.is_full and None not in self.sent.values()


@dataclass
class Reference:
    reported: dict[str, dict[str, Row]] = field(default_factory=dict)
    table: dict[str, tuple[Row, bool]] = field(default_factory=dict)
    """Key → row, and whether it is missing."""

    def run(self, run: Run) -> dict[str, int]:
        counts, seen, before = dict.fromkeys(PARTS, 0), set[str](), dict(self.table)
        answered = [u for u in UNITS if run.sent.get(u) is not None]
        for name in answered:
            self.reported[name] = people(run.sent[name] or [], counts)
        for key in {key for rows in self.reported.values() for key in rows}:
            best = next(name for name in UNITS if key in self.reported.get(name, {}))
            if best in answered:
                self.table[key] = (self.reported[best][key], False)
        for key in [key for name in answered for key in self.reported[name]]:
            counts["stale" if key in seen else self._change(key, before)] += 1
            seen.add(key)
        counts["missing"] = self._mark_missing() if run.is_whole else 0
        return counts

    def _change(self, key: str, before: dict[str, tuple[Row, bool]]) -> str:
        if key not in before:
            return "inserted"
        return "unchanged" if before[key] == self.table[key] else "updated"

    def _mark_missing(self) -> int:
        reported = {key for rows in self.reported.values() for key in rows}
        gone = [k for k, (_, missing) in self.table.items() if k not in reported and not missing]
        self.table |= {key: (self.table[key][0], True) for key in gone}
        return len(gone)


def people(pages: list[list[Record]], counts: dict[str, int]) -> dict[str, Row]:
    rows: dict[str, list[Row]] = {}
    for record in (record for page in pages for record in page):
        row = row_of(record)
        if row is None:
            counts["rejected"] += 1
        else:
            rows.setdefault(row[0], []).append(row)
    for same in rows.values():
        counts["stale"] += len(set(same)) - 1
        counts["duplicates"] += len(same) - len(set(same))
    return {key: max(same, key=content) for key, same in rows.items()}


def content(row: Row) -> bytes:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()


def row_of(record: Record) -> Row | None:
    key, city, province = record["studentnum"], record.get("city"), record.get("provinceCode")
    if key is None or isinstance(city, list) or province == "north":
        return None
    return (
        str(key).strip(),
        None if city is None else str(city),
        None if province in (None, "") else int(province),
    )


KEYS = st.sampled_from(["1", "2", "3", 4, " 5 ", "0012"])
CITIES = st.sampled_from([None, "a", "b", 7, "كرج"])
RECORDS = st.one_of(
    st.fixed_dictionaries(
        {"studentnum": KEYS}, optional={"city": CITIES, "provinceCode": st.sampled_from([3, "3"])}
    ),
    st.fixed_dictionaries({"studentnum": KEYS, "city": CITIES, "provinceCode": st.just(1)}),
    st.sampled_from(
        [
            {"studentnum": None, "city": "x"},
            {"studentnum": "6", "city": ["list"]},
            {"studentnum": "7", "provinceCode": "north"},
        ]
    ),
)
PAGES = st.lists(st.lists(RECORDS, max_size=5), max_size=3)


@st.composite
def histories(draw: Callable[..., Any]) -> list[Run]:
    """Runs of which most repeat what units sent before: that is what a unit mostly does."""
    known: dict[str, list[list[Record]]] = {name: draw(PAGES) for name in UNITS}
    runs = []
    for _ in range(draw(st.integers(1, 5))):
        named = UNITS if draw(st.booleans()) else draw(st.lists(st.sampled_from(UNITS), min_size=1))
        sent: dict[str, list[list[Record]] | None] = {}
        for name in sorted(set(named)):
            fate = draw(st.sampled_from(["same", "same", "same", "new", "shuffled", "fails"]))
            if fate == "new":
                known[name] = draw(PAGES)
            elif fate == "shuffled":
                records = draw(st.permutations([r for page in known[name] for r in page]))
                known[name] = [records]
            sent[name] = None if fate == "fails" else known[name]
        cuts = frozenset(draw(st.sets(st.integers(0, len(UNITS)))))
        runs.append(Run(sent, cuts, draw(st.sampled_from([False, False, False, True]))))
    return runs


def one(number: str, **fields: Any) -> list[list[Record]]:
    return [[{"studentnum": number, **fields}]]


HIGH, LOW = UNITS[0], UNITS[3]
NOBODY: dict[str, list[list[Record]] | None] = {name: [] for name in UNITS}
WITHDRAWN_IN_A_PARTIAL_RUN = [
    Run(NOBODY | {HIGH: one("1", city="high"), LOW: one("1", city="low")}, frozenset(), False),
    Run({HIGH: []}, frozenset(), False),
    Run(NOBODY | {HIGH: [], LOW: one("1", city="low")}, frozenset(), False),
]
MIDDLE = UNITS[2]
AWAITED_BY_A_UNIT_THAT_WAS_NOT_READ = [
    Run(NOBODY | {HIGH: one("1", city="a"), MIDDLE: one("1", city="b")}, frozenset(), False),
    Run({HIGH: [], LOW: one("1", city="c")}, frozenset(), False),
    Run(
        NOBODY | {HIGH: [], MIDDLE: one("1", city="b"), LOW: one("1", city="c")}, frozenset(), False
    ),
]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Databases that are made once, for making them takes longer than a history."""
    folder = tmp_path_factory.mktemp("template")
    with in_folder(folder):
        ByHand().databases.dispose()
    return folder


@contextmanager
def in_folder(folder: Path) -> Iterator[None]:
    urls = {
        "HAMGAM_HOME": str(folder),
        "HAMGAM_DATABASE_URL": f"sqlite:///{folder / 'hamgam.db'}",
        "HAMGAM_DATA_URL": f"sqlite:///{folder / 'data.db'}",
    }
    with mock.patch.dict(os.environ, urls):
        yield


@pytest.mark.slow
@settings(
    max_examples=200,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@example(WITHDRAWN_IN_A_PARTIAL_RUN)
@example(AWAITED_BY_A_UNIT_THAT_WAS_NOT_READ)
@given(runs=histories())
def test_it_ends_in_the_table_and_the_counts_of_the_reference(
    template: Path, tmp_path: Path, runs: list[Run]
) -> None:
    folder = tmp_path / "history"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(template, folder)
    with in_folder(folder):
        gateway, reference = ByHand(), Reference()
        gateway.plan = set(UNITS)
        for run in runs:
            assert sync(gateway, run) == reference.run(run)
            assert table(gateway) == reference.table
        gateway.databases.dispose()


def sync(gateway: ByHand, run: Run) -> dict[str, int]:
    units = [unit(name) for name in UNITS if name in run.sent]
    writer = gateway.writer(units, verify=run.verify)
    outcomes, group = [], list[Fetched]()
    for place, each in enumerate(units):
        group.append(fetched(each.name, run.sent[each.name]))
        if place in run.cuts or place == len(units) - 1:
            outcomes += [ended.outcome for ended in writer.apply(group)]
            group = []
    missing = writer.mark_missing() if run.is_whole else 0
    assert writer.drift == 0
    counts = summed(outcomes)
    return {**{name: counts.get(name, 0) for name in PARTS}, "missing": missing}


def fetched(name: str, pages: list[list[Record]] | None) -> Fetched:
    if pages is None:
        return Fetched(unit(name), error=GatewayFault("It did not answer."))
    return Fetched(unit(name), [Page(json.dumps(page).encode()) for page in pages])


def table(gateway: ByHand) -> dict[str, tuple[Row, bool]]:
    return {
        key: (
            (key, row["city"], row["province_code"]),
            row["missing_since"] is not None,
        )
        for key, row in gateway.rows().items()
    }
