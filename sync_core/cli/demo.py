"""`demo`: everything at once with fictional people, in a folder of its own. Not for real data.

A gateway, two databases under `var/demo`, a first sync of both sources and the dashboard on
loopback. The installation's own databases, `.env` and gateway are never read.
"""

import json
import os
import secrets
import shutil
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType

import click
import jdatetime
from dotenv import dotenv_values

from sync_core.access.passwords import one_time
from sync_core.access.permissions import ADMIN, command_line_actor
from sync_core.access.users import add_user, list_users, set_password
from sync_core.base.clock import tehran_today
from sync_core.base.errors import ConfigError, SyncError
from sync_core.cli.demo_processes import (
    dashboard,
    demo_gateway,
    fetch,
    free_port,
    wait_until_served,
)
from sync_core.cli.demo_rows import leave_rows
from sync_core.cli.demo_runs import first_sync, runs_end
from sync_core.cli.demo_states import show_runs, tell_past
from sync_core.cli.installation import installation
from sync_core.cli.output import remark
from sync_core.cli.serve import LOOPBACK, dashboard_folder
from sync_core.ops.campuses import import_campuses
from sync_core.runs.process import Identity, identity, is_gone
from sync_core.store.engines import Databases

ADMIN_NAME = "admin"
YEARS = 2
"""Academic years before the current one: some seven terms, so a first sync takes seconds."""
CANCEL_GRACE_S = 3
SHOWN = (
    "",
    "Each source has a run that stands still for show: one waits,",
    "one is in its middle. Press Stop on it, wait for 20 seconds,",
    "and that source syncs for real.",
)
KEPT = {"HAMGAM_LANG", "HAMGAM_DEBUG"}


@dataclass(frozen=True, slots=True)
class World:
    faculty: int
    students: int
    campuses: int
    first_year: int

    @property
    def people(self) -> dict[str, int]:
        """By source."""
        return {"faculty": self.faculty, "students": self.students}

    @property
    def arguments(self) -> list[str]:
        return [f"--{name.replace('_', '-')}={value}" for name, value in asdict(self).items()]


@click.command()
@click.option("--port", type=click.IntRange(1, 65_535), default=8501, show_default=True)
@click.option("--faculty", type=click.IntRange(1, 100_000), default=200, show_default=True)
@click.option("--students", type=click.IntRange(1, 1_000_000), default=600, show_default=True)
@click.option("--campuses", type=click.IntRange(1, 64), default=8, show_default=True)
@click.option("--fresh", is_flag=True, help="Forget the demo's databases first.")
@click.option("--states", is_flag=True, help="Also tell of a year of runs, one in every state.")
@click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False, resolve_path=True),
    help="The demo's own folder; default: var/demo.",
)
def demo(
    port: int,
    faculty: int,
    students: int,
    campuses: int,
    fresh: bool,
    states: bool,
    home: Path | None,
) -> int:
    """Try everything with fictional people; ends with Ctrl-C."""
    root = dashboard_folder()
    home = home or root / "var" / "demo"
    world = World(faculty, students, campuses, _first_year())
    signal.signal(signal.SIGTERM, _as_ctrl_c)
    try:
        _take(home, fresh)
        _play(root, home, world, port, states)
    except KeyboardInterrupt:
        remark("\nThe demo has ended.")
    return 0


def _play(root: Path, home: Path, world: World, port: int, states: bool) -> None:
    os.environ.update(_environment(root, home, world))
    with (
        demo_gateway(root, world.arguments) as address,
        _gateway_is(address),
        installation() as (settings, databases),
        runs_end(settings, databases),
    ):
        import_campuses(databases, command_line_actor(), fetch(f"{address}/demo/campuses.csv")[1])
        password = _admin(databases)
        past = tell_past(settings, databases, world.people) if states else ()
        port = free_port(port)
        log = settings.log_folder / "dashboard.log"
        with dashboard(root, port, log) as process:
            first_sync(settings, databases, asdict(world))
            leave_rows(settings, databases, past)
            if states:
                show_runs(settings, databases)
            wait_until_served(process, port, log)
            _box(f"http://{LOOPBACK}:{port}", password, SHOWN if states else ())
            while process.poll() is None:
                time.sleep(0.2)
            raise SyncError("The dashboard has ended.", hint=f"Why is in {log}.")


def _environment(root: Path, home: Path, world: World) -> dict[str, str]:
    """For this process and its children. What the environment and `.env` say is blanked."""
    blank = {
        name: ""
        for name in (*os.environ, *dotenv_values(root / ".env"))
        if name.startswith("HAMGAM_") and name not in KEPT
    }
    return blank | {
        "HAMGAM_HOME": str(home),
        "HAMGAM_DATABASE_URL": f"sqlite:///{home / 'hamgam.db'}",
        "HAMGAM_DATA_URL": f"sqlite:///{home / 'faculty_data.db'}",
        "HAMGAM_GATEWAY_USER": "demo",
        "HAMGAM_GATEWAY_PASSWORD": secrets.token_urlsafe(24),
        "HAMGAM_FIRST_YEAR": str(world.first_year),
        "HAMGAM_CANCEL_GRACE_S": str(CANCEL_GRACE_S),
        # Both forms: the first one found wins, and the demo's gateway is behind no proxy.
        "NO_PROXY": LOOPBACK,
        "no_proxy": LOOPBACK,
    }


@contextmanager
def _gateway_is(address: str) -> Iterator[None]:
    os.environ["HAMGAM_GATEWAY_URL"] = address
    yield


def _first_year() -> int:
    year: int = jdatetime.date.fromgregorian(date=tehran_today()).year
    return year - YEARS


def _admin(databases: Databases) -> str:
    """The one-time password of the demo's administrator: a new one at each start."""
    password = one_time()
    actor = command_line_actor()
    if any(user.name == ADMIN_NAME for user in list_users(databases, actor)):
        set_password(databases, actor, ADMIN_NAME, password, must_change=True)
    else:
        add_user(databases, actor, ADMIN_NAME, password, ADMIN, must_change=True)
    return password


def _take(home: Path, fresh: bool) -> None:
    """Makes the folder the demo's, one demo at a time. Raises ConfigError for any other folder."""
    mark = home / "demo.json"
    if mark.exists():
        _refuse_second(mark)
        if fresh:
            shutil.rmtree(home)
    elif home.exists() and any(home.iterdir()):
        raise ConfigError(f"{home} is not a demo's folder.", hint="Name an empty one: --home.")
    home.mkdir(parents=True, exist_ok=True)
    mark.write_text(json.dumps(asdict(identity())), encoding="utf-8")


def _refuse_second(mark: Path) -> None:
    """A second demo would change the first one's password."""
    try:
        other = Identity(**json.loads(mark.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return
    if not is_gone(other):
        raise ConfigError(
            f"A demo is already running (process {other.pid}).", hint="End it with Ctrl-C first."
        )


def _box(address: str, password: str, remarks: Sequence[str]) -> None:
    lines = (
        f"Open      {address}",
        f"User      {ADMIN_NAME}",
        f"Password  {password}  (once: you choose your own then)",
        *remarks,
        "",
        "Fictional people. Ctrl-C ends all of it.",
    )
    width = max(map(len, lines))
    frame = f"+{'-' * (width + 4)}+"
    click.echo("\n".join([frame, *(f"|  {line:<{width}}  |" for line in lines), frame]))


def _as_ctrl_c(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
