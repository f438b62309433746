"""A thousand guesses at once, from threads and from processes: five are looked at."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from sync_core.access import audit
from sync_core.access.login import TRIES, Attempt, log_in
from sync_core.base.errors import Denied
from sync_core.store.engines import Databases
from tests.conftest import ROOT
from tests.store.people import HERE, added, count

PROCESSES, GUESSES = 4, 100
GUESSER = f"""
import sys
from sync_core.access.login import Attempt, log_in
from sync_core.base.errors import Denied
from sync_core.base.settings import load
from sync_core.store.engines import open_databases

databases = open_databases(load())
sys.stdout.write("ready\\n")
sys.stdout.flush()
sys.stdin.readline()
looked_at = 0
for number in range({GUESSES}):
    try:
        assert log_in(databases, Attempt("m.karimi", "wrong", f"198.51.100.{{number}}")) is None
        looked_at += 1
    except Denied:
        pass
sys.stdout.write(f"{{looked_at}}\\n")
"""


def is_locked(databases: Databases, name: str, address: str) -> bool:
    try:
        assert log_in(databases, Attempt(name, "wrong", address)) is None
    except Denied:
        return True
    return False


def assert_five_were_looked_at(databases: Databases) -> None:
    """And the log was not flooded."""
    assert count(databases, audit.LOGIN_FAILED) == TRIES
    assert count(databases, audit.LOGIN_LOCKED) == 1


def test_it_verifies_five_of_a_thousand_guesses_at_one_account(
    databases: Databases, verified: list[str]
) -> None:
    added(databases)
    addresses = [f"198.51.{number // 250}.{number % 250}" for number in range(1_000)]
    with ThreadPoolExecutor(20) as pool:
        locked = list(pool.map(lambda given: is_locked(databases, "m.karimi", given), addresses))
    assert locked.count(False) == TRIES
    assert len(verified) == TRIES
    assert_five_were_looked_at(databases)


def test_it_verifies_five_of_many_names_from_one_address(
    databases: Databases, verified: list[str]
) -> None:
    names = [f"person{number}" for number in range(200)]
    with ThreadPoolExecutor(20) as pool:
        locked = list(pool.map(lambda name: is_locked(databases, name, HERE), names))
    assert locked.count(False) == TRIES
    assert len(verified) == TRIES
    assert_five_were_looked_at(databases)


@pytest.mark.slow
def test_it_verifies_five_of_those_of_several_processes(databases: Databases) -> None:
    added(databases)
    guessers = [
        subprocess.Popen(
            [sys.executable, "-c", GUESSER],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(PROCESSES)
    ]
    for guesser in guessers:
        assert guesser.stdout is not None
        assert guesser.stdout.readline() == "ready\n"
    for guesser in guessers:
        assert guesser.stdin is not None
        guesser.stdin.write("go\n")
        guesser.stdin.flush()
    looked_at = [int(guesser.communicate(timeout=120)[0]) for guesser in guessers]
    assert sum(looked_at) == TRIES
    assert_five_were_looked_at(databases)
