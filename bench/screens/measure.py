"""The order of the screens' bench; what is being done goes to stderr. It prints no figure."""

import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from bench.screens.crowd import CLIENTS, Crowd, crowd, take_turns
from bench.screens.home import Home, made_home
from bench.screens.million import measure_people
from bench.screens.report import Figures
from bench.screens.server import Server, our_server, plain_server
from bench.screens.visits import Visits
from bench.screens.world import Size


def measure_screens(size: Size, rounds: int, clients: int = CLIENTS) -> Figures:
    """Raises BenchFailed for a page that fails, or polls while nothing runs."""
    say = _clock()
    with TemporaryDirectory(prefix="hamgam-bench-") as name:
        folder = Path(name)
        say(f"making {size.runs:,} runs")
        with (
            made_home(folder, size) as home,
            our_server(folder, home.environ) as server,
            plain_server(folder, {"BENCH_DATABASE": str(folder / "hamgam.db")}) as plain,
        ):
            visits = Visits(home, server, plain)
            for step in visits.measure(rounds):
                say(step)
            say("those who poll, by turns")
            ours, theirs = _poll(home, server, plain, rounds, clients)
        say(f"a table of {size.people:,} students")
        people = measure_people(folder, size.people)
    return Figures(size, visits.costs, ours, theirs, people)


def _poll(
    home: Home, server: Server, plain: Server, rounds: int, clients: int
) -> tuple[Crowd, Crowd]:
    with (
        home.running(),
        crowd(server, home.cookie, clients) as ours,
        crowd(plain, clients=clients) as theirs,
    ):
        take_turns((ours, theirs), rounds)
    return ours, theirs


def _clock() -> Callable[[str], None]:
    began = monotonic()

    def say(words: str) -> None:
        sys.stderr.write(f"{monotonic() - began:6.0f} s  {words}\n")
        sys.stderr.flush()

    return say
