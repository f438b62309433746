"""What one opening of each page costs the server, and how much it sends."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from time import perf_counter

from bench import BenchFailed
from bench.screens.home import Home
from bench.screens.server import Server
from bench.screens.tab import Tab, open_tab
from bench.screens.world import PEOPLE

IN_A_ROW = 8
"""Openings that are timed as one: the system counts processor time in hundredths of a second."""


@dataclass(frozen=True)
class Page:
    """`title`: in the table; `name` and `query`: its address."""

    title: str
    name: str = ""
    query: str = ""

    def open(self, tab: Tab) -> int:
        """The bytes that came. Nothing runs: a page of ours that polls is a failure."""
        try:
            answer = tab.open(self.name, self.query)
        except BenchFailed as exc:
            raise BenchFailed(f"{self.title}: {exc}") from exc
        if answer.polls and self != PLAIN:
            raise BenchFailed(f"{self.title} polls, though nothing runs.")
        return len(answer.payload)


PLAIN = Page("Streamlit as it comes: a line and two figures")


@dataclass
class Cost:
    """Milliseconds an opening: the server's processor `cold` at the first one, `stale` at the first
    one after a run has ended, else `warm`; `wall` until the last message of a warm one.
    """

    cold: float = 0.0
    stale: list[float] = field(default_factory=list)
    warm: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    payload: int = 0


def pages(home: Home) -> tuple[Page, ...]:
    newest, runs = home.world.newest, home.world.size.runs
    by_hand = f"who={PEOPLE[1]}&trigger=manual"
    return (
        Page("overview"),
        Page("history", "runs"),
        Page("history: a person, by hand", "runs", by_hand),
        Page("history: the same, ever", "runs", f"{by_hand}&period=all"),
        Page("history: this year", "runs", "period=year"),
        Page("history: ever", "runs", "period=all"),
        Page("history: ever, failed", "runs", "status=failed&period=all"),
        Page("history: ever, a page in its middle", "runs", f"period=all&page={runs // 50}"),
        Page("history: ever, the last page", "runs", f"period=all&page={runs // 25}"),
        Page(f"run of {len(home.world.size.units)} parts", "run", f"id={newest}"),
        Page("run of a few parts", "run", f"id={newest - 1}"),
        Page("run that failed", "run", f"id={runs - runs % 9 - 5}"),
        Page("faculty", "faculty"),
        Page("students", "students"),
        Page("schedule", "schedule"),
        Page("settings", "settings"),
        Page("users", "users"),
        Page("audit log", "audit"),
        Page("audit log: its last page", "audit", f"page={2 * runs // 50}"),
        Page("my account", "account"),
    )


class Visits:
    """One tab a page, which stays open; `costs` by the titles of the pages, and of PLAIN."""

    def __init__(self, home: Home, server: Server, plain: Server) -> None:
        self.home, self.server, self.plain = home, server, plain
        self.pages = pages(home)
        self.costs: dict[str, Cost] = defaultdict(Cost)

    def measure(self, rounds: int) -> Iterator[str]:
        """Every page before any page's next round; says what it does."""
        with ExitStack() as stack:
            tabs = {PLAIN: stack.enter_context(open_tab(self.plain.websocket))}
            cookie = self.home.cookie
            for page in self.pages:
                tabs[page] = stack.enter_context(open_tab(self.server.websocket, cookie))
            yield "each page for the first time"
            for page, tab in tabs.items():
                self.costs[page.title].cold = self._time(page, tab, 1)[0]
            for number in range(1, rounds + 1):
                yield f"each page again, round {number} of {rounds}"
                for page, tab in tabs.items():
                    self._round(page, tab)

    def _round(self, page: Page, tab: Tab) -> None:
        cost = self.costs[page.title]
        self.home.end_a_run()
        cost.stale.append(self._time(page, tab, 1)[0])
        cpu, wall, cost.payload = self._time(page, tab, IN_A_ROW)
        cost.warm.append(cpu)
        cost.wall.append(wall)

    def _time(self, page: Page, tab: Tab, times: int) -> tuple[float, float, int]:
        """Processor and wall time of one opening, and its bytes."""
        server = self.plain if page == PLAIN else self.server
        before, began = server.cpu_s(), perf_counter()
        payload = [page.open(tab) for _ in range(times)]
        wall = perf_counter() - began
        cpu = server.cpu_s() - before
        return 1_000 * cpu / times, 1_000 * wall / times, payload[-1]
