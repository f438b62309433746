"""A gateway with fictional people: `python -m fetch_data.demo_gateway`; never for production.

Speaks the Golestan gateway's protocol over plain HTTP. Refuses to start without
HAMGAM_GATEWAY_USER and HAMGAM_GATEWAY_PASSWORD in its environment, for a command line can be
read by everyone on the machine.
"""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from threading import Event, Thread

import orjson

from fetch_data.demo.answers import Desk, Rules
from fetch_data.demo.control import Control, Switches
from fetch_data.demo.pages import Pages
from fetch_data.demo.people import MOST_CAMPUSES, World, is_term, world_of_records
from fetch_data.demo.server import DemoServer

USER, PASSWORD = "HAMGAM_GATEWAY_USER", "HAMGAM_GATEWAY_PASSWORD"
MIB = 1024 * 1024


def main(argv: Sequence[str] | None = None) -> int:
    options = parser().parse_args(argv)
    user, password = os.environ.get(USER, ""), os.environ.get(PASSWORD, "")
    if not (user and password):
        return _refuse(f"Set {USER} and {PASSWORD} in the environment.")
    try:
        server = DemoServer((options.host, options.port), _desk(options, user, password))
    except OSError as exc:
        return _refuse(f"Cannot listen on {options.host}:{options.port}: {exc.strerror}.")
    _serve_until_told(server, until_stdin_closes=options.until_stdin_closes)
    return 0


def _refuse(words: str) -> int:
    sys.stderr.write(f"demo gateway: {words}\n")
    return 2


def _desk(options: argparse.Namespace, user: str, password: str) -> Desk:
    control = Control(world_of(options), Switches(latency_s=options.latency_ms / 1000))
    rules = Rules(
        user=user,
        password=password,
        page_cap=options.page_cap,
        token_life_s=options.token_life_s,
        total_pages=options.total_pages == "on",
    )
    return Desk(rules, control, Pages(control, options.cache_mb * MIB))


def world_of(options: argparse.Namespace) -> World:
    """The world that these options serve; tests compute from it what the gateway answers."""
    world = World(
        seed=options.seed,
        faculty=options.faculty,
        students=options.students,
        campus_count=options.campuses,
        first_year=options.first_year,
        last_term=options.last_term,
        flaws=options.flaws == "on",
    )
    return world if options.records is None else world_of_records(options.records, world)


def _serve_until_told(server: DemoServer, *, until_stdin_closes: bool) -> None:
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if until_stdin_closes:
        Thread(target=_set_at_end_of_stdin, args=(stop,), daemon=True).start()
    with server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        sys.stdout.write(orjson.dumps({"event": "listening", "url": server.url}).decode() + "\n")
        sys.stdout.flush()
        # A bare wait() would not hear Ctrl-C on Windows.
        while not stop.wait(0.5):
            pass
        server.shutdown()


def _set_at_end_of_stdin(stop: Event) -> None:
    # Not sys.stdin: its lock, held by this thread, would be fatal to the interpreter's end.
    while os.read(0, 4096):
        pass
    stop.set()


def parser() -> argparse.ArgumentParser:
    command = argparse.ArgumentParser(
        prog="python -m fetch_data.demo_gateway",
        description="Serves fictional people as the Golestan gateway would.",
    )
    add = command.add_argument
    add("--host", default="127.0.0.1")
    add("--port", type=_number(0, 65_535), default=0, help="0: any free one")
    add("--faculty", type=_number(0, 1_000_000), default=200, help="people")
    add(
        "--students",
        type=_number(0, 5_000_000),
        default=600,
        help="people; each is a record in every term of his stay, four or so on average",
    )
    add("--records", type=_number(0, 20_000_000), help="student records in all, in place of people")
    add("--campuses", type=_number(1, MOST_CAMPUSES), default=64)
    add("--first-year", type=_number(1_310, 1_480), default=1_400)
    add("--last-term", type=_term, default="4051", help="the term that a revision changes")
    add("--seed", type=_number(0, 10**9), default=1)
    add("--flaws", choices=("on", "off"), default="on", help="faults in the data (see demo.people)")
    add("--latency-ms", type=_number(0, 600_000), default=0)
    add("--page-cap", type=_number(0, 10_000_000), default=0, help="0: any page size is honoured")
    add("--token-life-s", type=float, default=3_600.0)
    add("--total-pages", choices=("on", "off"), default="off", help="in the students' answers")
    add("--cache-mb", type=_number(1, 65_536), default=256, help="memory for encoded records")
    add("--until-stdin-closes", action="store_true", help="end when standard input ends")
    return command


class _number:
    """An argparse type: a whole number within bounds."""

    def __init__(self, low: int, high: int) -> None:
        self.low, self.high = low, high

    def __call__(self, given: str) -> int:
        if given.isascii() and given.isdigit() and self.low <= int(given) <= self.high:
            return int(given)
        raise argparse.ArgumentTypeError(f"a whole number from {self.low} to {self.high}")


def _term(given: str) -> str:
    if is_term(given):
        return given
    raise argparse.ArgumentTypeError("a term such as 4051")


if __name__ == "__main__":
    sys.exit(main())
