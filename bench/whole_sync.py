"""The large world: first and second sync, two kinds of change, memory, one who reads meanwhile."""

from collections.abc import Iterator
from pathlib import Path

from bench.gateway import Gateway
from bench.memory import KIND
from bench.ours import Installation, check_counts
from bench.people import check_table
from bench.reader import watching
from bench.report import MIB, Goal, Line
from bench.world import World, settle

FIRST, SECOND = Goal(1.3, remark="(0.9)"), Goal(0.15)
IN_ONE_TERM, IN_ALL_TERMS = Goal(0.22), Goal(0.40)
PEAK_MB, WAIT_MS = Goal(400), Goal(500)


class WholeSync(World):
    """It goes on from repeat to repeat: a change of the world is never taken back."""

    def __init__(self, gateway: Gateway, folder: Path, records: int) -> None:
        super().__init__(gateway, folder, records)
        self.waits_ms: list[float] = []

    def repeat(self, number: int) -> Iterator[str]:
        """Does it step by step, each after its name; `number` begins at 1."""
        yield "making the gateway's world"
        self.gateway.warm()
        yield "floor"
        self.floor()
        with self.installation() as home:
            yield "first sync"
            self.measures["first"].append(self.first_sync(home))
            yield "second sync"
            self._again(home, "second", updated=0)
            yield "1 % changed in the current term"
            self._change(revision=2 * number - 1)
            self._again(home, "in one term")
            yield "1 % changed in all terms"
            self._change(spread_revision=2 * number - 1)
            home.sync()  # the old terms catch up, so that the next change is 1 % in every unit
            self._change(spread_revision=2 * number)
            self._again(home, "in all terms")
            yield "the changed table against the floor"
            self.look_at_floor()
            check_table("Hamgam", home.data, self.expected)
        yield "first sync beside a reader"
        with self.installation() as home, watching(home.data) as met:
            self.first_sync(home)
        self.waits_ms.append(1000 * met["longest_s"])

    def _change(self, **command: int) -> None:
        self.gateway.control(**command)
        self.gateway.warm()

    def _again(self, home: Installation, name: str, **counts: int) -> None:
        settle()
        measure = home.sync()
        check_counts(measure, fetched=self.fetched, inserted=0, **counts)
        self.measures[name].append(measure)

    def lines(self) -> Iterator[Line]:
        yield self.line("1 floor", "floor")
        yield self.line("1 first sync ÷ floor", "first", "floor", FIRST)
        yield self.share("3 second sync, nothing changed", "second", SECOND)
        yield self.share("4 1 % changed in the current term", "in one term", IN_ONE_TERM)
        yield self.share("4 1 % changed in all terms", "in all terms", IN_ALL_TERMS)
        peaks_mb = [peak / MIB for peak in self.peaks("first")]
        name = f"5  {self.size}: peak memory of all processes ({KIND})"
        yield Line(name, peaks_mb, "MB", goal=PEAK_MB)
        name = f"8  {self.size}: longest wait of a reader"
        yield Line(name, self.waits_ms, "ms", goal=WAIT_MS)
