"""The small world: the peers, a slow gateway, and what passes before a run's first call."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from subprocess import TimeoutExpired

from bench import process
from bench.gateway import Gateway
from bench.peers.__main__ import PEERS
from bench.people import check_table
from bench.report import Goal, Line
from bench.units import UNITS
from bench.world import World, settle

PEER_LIMIT_S = 300
PEER_GOALS = {"dlt": Goal(6, at_least=True), "SQLAlchemy Core": Goal(3, at_least=True)}
LATENCY_MS, AT_ONCE = 200, 32
LEAST_S = UNITS * LATENCY_MS / 1000 / AT_ONCE
LATENCY, START = Goal(1.15), Goal(2.5)
SAY_WHEN = "; import json, time; print(json.dumps({'at': time.time()}))"
IMPORTS = {
    "an empty Python": "pass",
    "imports of the command": "import sync_core.runs.foreground",
    "imports of the child": "import fetch_data.students_main, sync_core.engine.child",
}


class SmallRuns(World):
    def __init__(self, gateway: Gateway, folder: Path, records: int, *, peers: bool) -> None:
        super().__init__(gateway, folder, records)
        self.peers = PEERS if peers else {}
        self.did_not_end: set[str] = set()
        self.waited: dict[str, list[float]] = defaultdict(list)
        """Seconds of everything that is not a whole process."""

    def repeat(self, number: int) -> Iterator[str]:
        """Does it step by step, each after its name; `number` begins at 1."""
        yield "making the gateway's world"
        self.gateway.warm()
        yield "floor"
        self.floor()
        yield "first sync"
        self._first()
        for name in self.peers:
            if name not in self.did_not_end:
                yield name
                self._peer(name)
        yield f"first sync with {LATENCY_MS} ms a call"
        self._with_latency()
        yield "start in the background"
        with self.installation() as home:
            self.waited["start"].append(home.start_in_background(self.gateway))
            check_table("Hamgam", home.data, self.expected)
        yield "imports"
        for name, code in IMPORTS.items():
            measure = process.run("-c", code + SAY_WHEN, environ={})
            self.waited[name].append(measure.said["at"] - measure.started_at)

    def _first(self) -> None:
        with self.installation() as home:
            self.gateway.control(reset_stats=True)
            measure = self.first_sync(home)
        self.measures["first"].append(measure)
        self.waited["sync"].append(self.gateway.first_call_at() - measure.started_at)

    def _peer(self, name: str) -> None:
        folder = self.folder / name / str(len(self.measures[name]))
        folder.mkdir(parents=True)
        file = folder / "people.db"
        settle()
        command = ("-m", "bench.peers", name, str(file))
        try:
            measure = process.run(*command, environ=self.gateway.environ, limit_s=PEER_LIMIT_S)
        except TimeoutExpired:
            self.did_not_end.add(name)
            return
        check_table(name, file, self.expected)
        self.measures[name].append(measure)

    def _with_latency(self) -> None:
        """From the first call to the last commit."""
        with self.installation(AT_ONCE) as home:
            self.gateway.control(reset_stats=True, latency_ms=LATENCY_MS)
            try:
                measure = self.first_sync(home)
            finally:
                self.gateway.control(latency_ms=0)
            last = home.last_commit_at(measure.said["run_id"])
        self.waited["latency"].append(last - self.gateway.first_call_at())

    def lines(self) -> Iterator[Line]:
        yield self.line("2 first sync", "first")
        yield self.line("2 floor", "floor")
        for name in self.peers:
            yield self._peer_line(name)
        yield self._latency_line()
        yield from self._start_lines()

    def _peer_line(self, name: str) -> Line:
        if name in self.did_not_end:
            return Line(f"2  {self.size}: {name}", note=f">{PEER_LIMIT_S} s (did not end)")
        return self.line(f"2 {name} ÷ first sync", name, "first", PEER_GOALS.get(name))

    def _latency_line(self) -> Line:
        waited = self.waited["latency"]
        return Line(
            f"6  {self.size}: {LATENCY_MS} ms a call, {AT_ONCE} at once ÷ {LEAST_S:g} s",
            waited,
            ratios=[each / LEAST_S for each in waited],
            goal=LATENCY,
        )

    def _start_lines(self) -> Iterator[Line]:
        whole = self.waited["sync"]
        yield Line("7  `sync` to its first call", whole, goal=START)
        for name in IMPORTS:
            yield Line(f"7     {name}", self.waited[name])
        _, command, child = (self.waited[name] for name in IMPORTS)
        parts = zip(whole, command, child, strict=False)
        yield Line("7     the rest", [all_ - one - other for all_, one, other in parts])
        yield Line("7  `start` to its first call", self.waited["start"], goal=START)
