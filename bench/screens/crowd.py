"""Twenty tabs that poll, before our dashboard and before Streamlit as it comes, by turns."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from time import monotonic, sleep

from bench import BenchFailed
from bench.screens.server import Server
from bench.screens.tab import Tab, open_tab

CLIENTS = 20
POLL_S = 2.0
POLLS_A_TURN = 3


@dataclass
class Crowd:
    """Tabs before one server. `shares`: of one core, one a turn; `payloads`: bytes of each poll.

    `late_s`: how long after its turn the last poll was answered, where the machine is too busy.
    """

    server: Server
    tabs: Sequence[Tab]
    shares: list[float] = field(default_factory=list)
    payloads: list[int] = field(default_factory=list)
    late_s: float = 0.0

    def take_turn(self) -> None:
        """All of them poll for a while, evenly apart.

        The share is that of the pace they ask for, also where a busy machine cannot keep it.
        """
        before, began, polled = self.server.cpu_s(), monotonic(), len(self.payloads)
        with ThreadPoolExecutor(len(self.tabs)) as threads:
            for came in threads.map(lambda at: self._poll(at, began), range(len(self.tabs))):
                self.payloads += came
        self.late_s = max(self.late_s, monotonic() - began - POLLS_A_TURN * POLL_S - POLL_S)
        cpu_s = (self.server.cpu_s() - before) / (len(self.payloads) - polled)
        self.shares.append(cpu_s * len(self.tabs) / POLL_S)

    def _poll(self, number: int, began: float) -> list[int]:
        """As the page's own timer does."""
        tab, first = self.tabs[number], began + POLL_S * number / len(self.tabs)
        came = []
        for turn in range(POLLS_A_TURN):
            sleep(max(0.0, first + turn * POLL_S - monotonic()))
            came.append(len(tab.poll().payload))
        sleep(max(0.0, began + POLLS_A_TURN * POLL_S - monotonic()))
        return came


@contextmanager
def crowd(server: Server, cookie: str = "", clients: int = CLIENTS) -> Iterator[Crowd]:
    """Everybody has opened the page that polls."""
    with ExitStack() as stack:
        tabs = [stack.enter_context(open_tab(server.websocket, cookie)) for _ in range(clients)]
        for tab in tabs:
            polls = list(tab.open().polls.values())
            if polls != [POLL_S]:
                raise BenchFailed(f"The page polls every {polls} s, not every {POLL_S:g} s.")
        yield Crowd(server, tabs)


def take_turns(crowds: Sequence[Crowd], rounds: int) -> None:
    for _ in range(rounds):
        for each in crowds:
            each.take_turn()
