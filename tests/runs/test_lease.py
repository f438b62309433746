"""The lease: renewed from a thread of its own, and given up in time where it cannot be."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from threading import Event

import pytest

from sync_core.base.clock import monotonic_s
from sync_core.base.settings import Settings, load
from sync_core.runs import lease as lease_module
from sync_core.runs import process
from sync_core.runs.lease import Lease, open_impatient
from sync_core.store import runs, sqlite
from sync_core.store.control import RUNNING, Run
from sync_core.store.engines import Databases
from tests import seed
from tests.runs.installation import ROOT, wait_until

HANGS = """
import sys, time
from sync_core.base.settings import load
from sync_core.runs.lease import Lease, open_impatient
from sync_core.store import runs

settings = load()
databases = open_impatient(settings)
with databases.control.read() as session:
    run = runs.get_run(session, int(sys.argv[1]))
with Lease(settings, databases.control, run, on_loss=lambda: None):
    time.sleep(600)
"""
"""A supervisor whose own thread hangs."""


@pytest.fixture
def settings() -> Settings:
    return replace(load(), lease_s=2, heartbeat_s=0.1)


@pytest.fixture
def databases(settings: Settings) -> Iterator[Databases]:
    seed.prepared(settings).dispose()
    opened = open_impatient(settings)
    yield opened
    opened.dispose()


@pytest.fixture(autouse=True)
def survivor(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A lease that is long over ends its process; here that is the tests' own."""
    said: list[str] = []
    monkeypatch.setattr(process, "end_now", said.append)
    return said


@pytest.fixture
def run(databases: Databases) -> Run:
    run_id = seed.add_run(databases, "faculty", RUNNING)
    return _read(databases, run_id)


def _read(databases: Databases, run_id: int) -> Run:
    with databases.control.read() as session:
        return runs.get_run(session, run_id)


@contextmanager
def locked(databases: Databases) -> Iterator[None]:
    """Somebody holds the control database. By our library: locks of two in one process are one."""
    file = str(databases.control.file)
    with closing(sqlite.library().connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def test_it_is_renewed_while_the_holder_works(
    settings: Settings, databases: Databases, run: Run
) -> None:
    lost = Event()
    with Lease(settings, databases.control, run, lost.set) as lease:
        first = run.lease_until

        def renewed() -> bool:
            lease.pulse()
            return _read(databases, run.id).lease_until != first

        wait_until(renewed, "a renewal")
        assert lease.look() is None
    assert not lost.is_set()


def test_it_is_lost_when_the_database_is_locked_for_too_long(
    settings: Settings, databases: Databases, run: Run
) -> None:
    lost = Event()
    with Lease(settings, databases.control, run, lost.set) as lease, locked(databases):

        def is_lost() -> bool:
            lease.pulse()
            return lost.is_set()

        wait_until(is_lost, "the loss")
        assert lease.fault is not None
        assert lease.fault.error_class == "database"


def test_it_is_lost_at_once_when_somebody_else_ended_the_run(
    settings: Settings, databases: Databases, run: Run
) -> None:
    lost, long = Event(), replace(settings, lease_s=600)
    with Lease(long, databases.control, run, lost.set) as lease:
        with databases.control.write() as session:
            runs.change_status(session, run.id, "failed", {})
        wait_until(lost.is_set, "the loss")
        assert lease.fault is not None
        assert "somebody else" in lease.fault.message


def test_it_does_not_renew_after_a_long_sleep(
    settings: Settings, databases: Databases, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody has taken over; but somebody may have been about to."""
    lost, long = Event(), replace(settings, lease_s=600, heartbeat_s=0.01)
    with Lease(long, databases.control, run, lost.set) as lease:
        wait_until(lambda: _read(databases, run.id).lease_until != run.lease_until, "a renewal")
        monkeypatch.setattr(lease_module, "monotonic_s", lambda: monotonic_s() + 500)
        wait_until(lost.is_set, "the loss")
        until = _read(databases, run.id).lease_until
        lease.pulse()

        assert lease.look() is not None
        assert _read(databases, run.id).lease_until == until


def test_it_ends_a_process_whose_own_thread_hangs(
    monkeypatch: pytest.MonkeyPatch, databases: Databases, run: Run
) -> None:
    monkeypatch.setenv("HAMGAM_LEASE_S", "2")
    monkeypatch.setenv("HAMGAM_HEARTBEAT_S", "0.1")

    with subprocess.Popen([sys.executable, "-c", HANGS, str(run.id)], cwd=ROOT) as hanging:
        assert hanging.wait(60) == 1
