"""A thousand attempts to start a source, many at once: one winner a round; the others know who."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from statistics import quantiles

import pytest

from sync_core.access.permissions import command_line_actor
from sync_core.runs.cancel import request_cancel
from tests.runs.installation import ROOT, Installation, wait_until

ROUNDS, PROCESSES, THREADS = 10, 5, 20
SETTINGS = {
    "HAMGAM_GATEWAY_URL": "http://127.0.0.1:9",
    "HAMGAM_GATEWAY_USER": "nobody",
    "HAMGAM_GATEWAY_PASSWORD": "never-sent",
    "HAMGAM_SOURCES": "tests.runs.hostile_source",
    "HAMGAM_CANCEL_GRACE_S": "5",
    "HOSTILE": "waits",
}
Attempt = tuple[float, int | None, int]
Racer = subprocess.Popen[str]


@pytest.mark.slow
def test_it_lets_exactly_one_of_many_starts_win(
    monkeypatch: pytest.MonkeyPatch, figure: Callable[[str], None]
) -> None:
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    installation = Installation({})
    assert installation.call("init")[0] == 0
    seconds: list[float] = []

    with ExitStack() as stack:
        racers = [stack.enter_context(racer()) for _ in range(PROCESSES)]
        for _round in range(ROUNDS):
            attempts = race(racers)
            winners = [run_id for _, run_id, _ in attempts if run_id is not None]
            assert len(winners) == 1
            assert {named for _, _, named in attempts} == set(winners)
            seconds += [took for took, _, _ in attempts]
            end(installation, winners[0])

    runs = installation.rows("SELECT count(*) AS n FROM sync_runs", control=True)
    assert (len(seconds), runs) == (1_000, [{"n": ROUNDS}])
    p95 = quantiles(seconds, n=100)[94]
    figure(f"1,000 starts, {PROCESSES * THREADS} at once: one winner a round, p95 {p95:.2f} s")


@contextmanager
def racer() -> Iterator[Racer]:
    command = [sys.executable, "-m", "tests.runs.start_attempts", str(THREADS)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        if process.stdin:
            process.stdin.close()


def race(racers: list[Racer]) -> list[Attempt]:
    for each in racers:
        assert each.stdin
        each.stdin.write("go\n")
        each.stdin.flush()
    answers = [json.loads(each.stdout.readline()) for each in racers if each.stdout]
    return [tuple(attempt) for answer in answers for attempt in answer]


def end(installation: Installation, run_id: int) -> None:
    request_cancel(installation.databases, command_line_actor(), run_id)
    wait_until(lambda: installation.run_row(run_id)["finished_at"], f"the end of run {run_id}")
    row = installation.run_row(run_id)
    assert (row["status"], row["error_class"]) == ("failed", "cancelled")
