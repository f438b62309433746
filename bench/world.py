"""What both worlds of the bench share: a gateway, a floor that is also the oracle, samples."""

import os
import shutil
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from bench import floor
from bench.gateway import Gateway
from bench.ours import CONCURRENCY, Installation, check_counts
from bench.people import Contents, check_table, contents
from bench.process import Measure
from bench.report import Goal, Line, ratios


class World:
    """`measures` has one of each name a repeat."""

    def __init__(self, gateway: Gateway, folder: Path, records: int) -> None:
        folder.mkdir()
        self.gateway, self.folder, self.size = gateway, folder, f"{records:,} records"
        self.measures: dict[str, list[Measure]] = defaultdict(list)
        self.fetched = 0
        self.expected = Contents(0, "")

    def seconds(self, name: str) -> list[float]:
        return [measure.seconds for measure in self.measures[name]]

    def peaks(self, name: str) -> list[int]:
        return [measure.peak_bytes for measure in self.measures[name]]

    def floor(self) -> None:
        self.measures["floor"].append(self.look_at_floor())

    def look_at_floor(self) -> Measure:
        """From here on `fetched` and `expected` are what the gateway answers now."""
        file = self.folder / "floor.db"
        measure = floor.measure(file, self.gateway.environ)
        self.fetched, self.expected = measure.said["fetched"], contents(file)
        file.unlink()
        return measure

    @contextmanager
    def installation(self, concurrency: int = CONCURRENCY) -> Iterator[Installation]:
        """A new one, for a first sync; nothing of it is left."""
        home = Installation(self.folder / "home", self.gateway, concurrency)
        try:
            yield home
        finally:
            shutil.rmtree(home.folder)

    def first_sync(self, home: Installation) -> Measure:
        """A first sync whose counts and table are those of the floor."""
        settle()
        measure = home.sync()
        check_counts(measure, fetched=self.fetched, inserted=self.expected.rows, updated=0)
        check_table("Hamgam", home.data, self.expected)
        return measure

    def line(self, name: str, own: str, other: str = "", goal: Goal | None = None) -> Line:
        """The samples called `own`, and how many times those called `other` they are."""
        return Line(
            f"{name[:1]}  {self.size}: {name[2:]}",
            self.seconds(own),
            records=self.fetched,
            peaks=self.peaks(own),
            ratios=ratios(self.seconds(own), self.seconds(other)) if other else (),
            goal=goal,
        )

    def share(self, name: str, own: str, goal: Goal) -> Line:
        """As `line`: the part of a first sync."""
        return replace(self.line(name, own, "first", goal), ratio_unit="%")


def settle() -> None:
    """What was written before is on the disk before the next one is timed."""
    if hasattr(os, "sync"):
        os.sync()
