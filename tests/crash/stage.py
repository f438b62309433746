"""An installation beside a gateway whose people change with every run, so that no run does nothing.

The runs are real: a detached supervisor and its child. Only the sweep is this process's own.
"""

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from time import monotonic

import psutil
import pytest

from sync_core.access.permissions import command_line_actor
from sync_core.base import failpoint
from sync_core.engine.source import Choice
from sync_core.runs.reaper import reap
from sync_core.runs.start import start_run
from tests.engine.gateway_process import GatewayProcess, running_gateway
from tests.runs.installation import Installation, lives, wait_until

TERMS = ("4051", "4043", "4042", "4041")
CAMPUSES = ("1110", "1120", "1130")
UNITS = tuple((term, campus) for term in TERMS for campus in CAMPUSES)
SETTINGS = {
    "HAMGAM_CAMPUSES": ",".join(CAMPUSES),
    "HAMGAM_TERMS": ",".join(TERMS),
    "HAMGAM_CONCURRENCY": "1",
    "HAMGAM_LEASE_S": "20",
    "HAMGAM_HEARTBEAT_S": "0.2",
    "HAMGAM_CANCEL_GRACE_S": "2",
}
LATENCY_MS = 25
HALF = 50
"""A revision changes one person of a hundred; so many of them change half of all people."""
SUPERVISOR, CHILD, BOTH = "supervisor", "child", "both"
ACTIVE = ("pending", "running")


class Stage:
    """`revisions`: run → the gateway's revision at that time."""

    def __init__(
        self, gateway: GatewayProcess, patch: pytest.MonkeyPatch, settings: Mapping[str, str]
    ) -> None:
        for name, value in {**gateway.environ, **SETTINGS, **settings}.items():
            patch.setenv(name, value)
        self.gateway, self.patch = gateway, patch
        self.here = Installation({})
        self.revision = 0
        self.revisions: dict[int, int] = {}
        assert self.here.call("init")[0] == 0

    def arm(self, place: str, action: str = "kill", time: int = 1) -> None:
        """The processes of the next run end, or freeze, there."""
        self.set(failpoint.VARIABLE, f"{place}:{action}:{time}")

    def disarm(self) -> None:
        self.set(failpoint.VARIABLE, "")

    def set(self, name: str, value: str) -> None:
        """For whatever is started from now on, by a command or from here."""
        self.patch.setenv(name, value)
        self.here.environ[name] = value

    def change_people(self) -> None:
        self.revision += HALF
        self.gateway.control({"spread_revision": self.revision})

    def start(self, mode: str = "full") -> int:
        run_id = start_run(
            self.here.settings,
            self.here.databases,
            "students",
            actor=command_line_actor(),
            choice=Choice(mode),
        )
        self.revisions[run_id] = self.revision
        return run_id

    def kill(self, run_id: int, victim: str) -> list[int]:
        """The pids that were alive and were killed."""
        row = self.here.run_row(run_id)
        wanted = {SUPERVISOR: ("supervisor_pid",), CHILD: ("child_pid",)}
        names = wanted.get(victim, ("supervisor_pid", "child_pid"))
        pids = [row[name] for name in names if is_ours(row[name])]
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return pids

    def is_frozen(self, run_id: int) -> bool:
        """Whether the run's child is stopped."""
        pid = self.here.run_row(run_id)["child_pid"] if run_id else None
        return pid is not None and psutil.Process(pid).status() == psutil.STATUS_STOPPED

    def sleep_through_the_lease(self) -> None:
        """As long as a lease lasts that was renewed just now."""
        over_at = monotonic() + self.here.settings.lease_s
        wait_until(lambda: monotonic() > over_at, "the end of the lease")

    def newest_run(self) -> int:
        """Waits for a run that somebody else has begun."""
        known = max(self.revisions, default=0)
        wait_until(lambda: self._newest() > known, "the run to begin")
        self.revisions[self._newest()] = self.revision
        return self._newest()

    def _newest(self) -> int:
        [row] = self.here.rows("SELECT coalesce(max(id), 0) AS id FROM sync_runs", control=True)
        return int(row["id"])

    def is_active(self, run_id: int) -> bool:
        return self.here.run_row(run_id)["status"] in ACTIVE

    def sweep_until_ended(self, run_id: int) -> float:
        """Seconds that it took, as the dashboard's sweep would see it through."""
        begun = monotonic()
        wait_until(lambda: self._sweep(run_id), f"the end of run {run_id}")
        return monotonic() - begun

    def _sweep(self, run_id: int) -> bool:
        reap(self.here.settings, self.here.databases)
        return not self.is_active(run_id)

    def units_done(self, run_id: int) -> int:
        """As the data database has them, not as they were reported."""
        [row] = self.here.rows(f"SELECT count(*) AS n FROM unit_runs WHERE run_id = {run_id}")
        return int(row["n"])


def is_ours(pid: int | None) -> bool:
    """A number that was given to somebody else meanwhile is not."""
    if pid is None or not lives(pid):
        return False
    with suppress(psutil.Error):
        words = " ".join(psutil.Process(pid).cmdline())
        return "sync_core supervise" in words or "fetch_data." in words
    return False


@contextmanager
def stage(patch: pytest.MonkeyPatch, **settings: str) -> Iterator[Stage]:
    options = {"faculty": 20, "students": 400, "campuses": 3, "latency_ms": LATENCY_MS}
    with running_gateway(**options) as gateway:
        made = Stage(gateway, patch, settings)
        try:
            yield made
        finally:
            made.here.databases.dispose()
