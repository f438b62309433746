"""An installation with a made-up past, somebody who is logged in, and runs that begin and end."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from dotenv import dotenv_values

from bench.gateway import ROOT
from bench.screens.world import Size, World, make_world
from sync_core.access.cookies import SESSION_COOKIE, Seal
from sync_core.access.keys import secret_key
from sync_core.access.permissions import ADMIN, Actor
from sync_core.access.sessions import open_session
from sync_core.base.clock import utc_now
from sync_core.base.settings import load
from sync_core.runs import lifecycle
from sync_core.runs.lifecycle import Ending
from sync_core.store import runs
from sync_core.store.control import FAILED, RUNNING, SUCCESS, Run
from sync_core.store.engines import open_databases
from sync_core.store.migrate import prepare

ELSEWHERE = "a host that this one cannot look into"
VISITOR = Actor("person-000", ADMIN, 1)


class Home:
    def __init__(self, folder: Path, size: Size) -> None:
        self.environ = {
            # An empty value hides the one in the developer's .env.
            **{key: "" for key in dotenv_values(ROOT / ".env") if key.startswith("HAMGAM_")},
            "HAMGAM_HOME": str(folder),
            "HAMGAM_DATABASE_URL": f"sqlite:///{folder / 'hamgam.db'}",
            "HAMGAM_DATA_URL": f"sqlite:///{folder / 'data.db'}",
        }
        settings = load(self.environ)
        self.databases = open_databases(settings)
        prepare(settings, self.databases)
        self.world: World = make_world(settings, self.databases, size)

    @property
    def cookie(self) -> str:
        """Of a new login, as a browser sends it."""
        seal = Seal(secret_key(self.world.settings, "web"))
        return f"{SESSION_COOKIE}={seal.session_value(open_session(self.databases, VISITOR))}"

    def end_a_run(self) -> None:
        """By the way that every run ends: whatever is kept of the history is stale now."""
        run = self._begin("faculty")
        lifecycle.finish(self.databases, run, Ending(SUCCESS, None, None, []))

    @contextmanager
    def running(self) -> Iterator[int]:
        """A run that goes on for the time of the block; no reaper may know that it is none."""
        run = self._begin("students")
        try:
            yield run.id
        finally:
            lifecycle.finish(self.databases, run, Ending(FAILED, "cancelled", None, []))

    def _begin(self, source: str) -> Run:
        now = utc_now()
        values = {
            "source": source,
            "status": RUNNING,
            "trigger": "schedule",
            "mode": "full",
            "choice": {},
            "requested_by": "schedule",
            "created_at": now,
            "started_at": now,
            "progress_at": now,
            "lease_until": now + timedelta(hours=6),
            "host": ELSEWHERE,
            "units_total": len(self.world.size.units),
            "units_done": len(self.world.size.units) // 3,
            "fetched": 31_870,
            "rate": 1_420.0,
            "left_s": 95.0,
            "current_unit": self.world.size.units[0],
        }
        with self.databases.control.write() as session:
            run = runs.insert_run(session, values)
        if run is None:
            raise RuntimeError("A run of the source is active already.")
        return run


@contextmanager
def made_home(folder: Path, size: Size) -> Iterator[Home]:
    home = Home(folder, size)
    try:
        yield home
    finally:
        home.databases.dispose()
