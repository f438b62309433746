"""Hamgam as an operator starts it: an installation in a folder, its command line, its report."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dotenv import dotenv_values

from bench import BenchFailed, process
from bench.gateway import ROOT, Gateway
from bench.process import Measure
from bench.units import PAGE_SIZE, TERMS, UNITS
from sync_core.store.sqlite import library

CONCURRENCY = 8
PARTS = ("inserted", "updated", "unchanged", "stale", "duplicates", "rejected")
PATIENCE_S = 600


class Installation:
    def __init__(self, folder: Path, gateway: Gateway, concurrency: int = CONCURRENCY) -> None:
        self.folder, self.data, self.control = folder, folder / "data.db", folder / "hamgam.db"
        self.environ = {
            # An empty value hides the one in the developer's .env.
            **{key: "" for key in dotenv_values(ROOT / ".env") if key.startswith("HAMGAM_")},
            **gateway.environ,
            "HAMGAM_HOME": str(folder),
            "HAMGAM_DATABASE_URL": f"sqlite:///{self.control}",
            "HAMGAM_DATA_URL": f"sqlite:///{self.data}",
            "HAMGAM_TERMS": ",".join(TERMS),
            "HAMGAM_PAGE_SIZE": str(PAGE_SIZE),
            "HAMGAM_CONCURRENCY": str(concurrency),
        }
        self._prepare(gateway)

    def _prepare(self, gateway: Gateway) -> None:
        self.folder.mkdir()
        campuses = self.folder / "campuses.csv"
        campuses.write_bytes(gateway.campuses())
        self.call("init")
        self.call("campuses", "import", str(campuses))

    def call(self, *arguments: str) -> Measure:
        return process.run("-m", "sync_core", *arguments, environ=self.environ)

    def sync(self) -> Measure:
        """A checked run: it says success, and its counts add up."""
        measure = self.call("sync", "students", "--json")
        _check_report(measure.said)
        return measure

    def start_in_background(self, gateway: Gateway) -> float:
        """Seconds from the command, which returns at once, to the run's first call."""
        gateway.control(reset_stats=True)
        measure = self.call("start", "students", "--json")
        run_id = measure.said["run_id"]
        _wait_until(lambda: self._status(run_id) not in {"pending", "running"})
        if self._status(run_id) != "success":
            raise BenchFailed(f"The run in the background ended as {self._status(run_id)}.")
        return gateway.first_call_at() - measure.started_at

    def _status(self, run_id: int) -> str:
        query = f"SELECT status FROM sync_runs WHERE id = {run_id:d}"
        return str(_value(self.control, query))

    def last_commit_at(self, run_id: int) -> float:
        query = f"SELECT max(finished_at) FROM unit_runs WHERE run_id = {run_id:d}"
        text = str(_value(self.data, query))
        return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def check_counts(measure: Measure, **expected: int) -> None:
    """Raises BenchFailed unless the run's report has these counts."""
    found = {name: measure.said[name] for name in expected}
    if found != expected:
        raise BenchFailed(f"The run reported {found}, but {expected} is right.")


def _check_report(said: dict[str, Any]) -> None:
    """Raises BenchFailed unless every unit is done and every record is accounted for."""
    if said.get("status") != "success":
        raise BenchFailed(f"The run did not succeed: {said}")
    if said["units_total"] != UNITS or said["units_done"] != UNITS:
        raise BenchFailed(f"The run has not done {UNITS} units: {said}")
    if said["fetched"] != sum(said[name] for name in PARTS):
        raise BenchFailed(f"The counts do not add up: {said}")


def _value(file: Path, query: str) -> Any:
    connection = library().connect(f"file:{file}?mode=ro", uri=True, timeout=30)
    try:
        return connection.execute(query).fetchone()[0]
    finally:
        connection.close()


def _wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        if time.monotonic() > deadline:
            raise BenchFailed(f"A run in the background did not end in {PATIENCE_S} s.")
        time.sleep(0.1)
