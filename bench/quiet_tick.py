"""`bench --tick`: what a minute costs in which nothing is due, beside the import of SQLAlchemy.

The subjects take turns, so that what else the machine does meets all of them.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from bench import BenchFailed
from bench.gateway import ROOT
from sync_core.base.clock import utc_now
from sync_core.cli.installation import installation
from sync_core.schedule.glance import TURN, WHOLE_EVERY
from sync_core.store import schedules

SQLALCHEMY, QUIET, WHOLE = "import sqlalchemy", "tick, nothing due", "tick, a whole turn"
MOST_S, MOST_RATIO = 2.0, 1.5
TICK = ("-m", "sync_core", "tick", "--json")


def measure_ticks(repeats: int) -> dict[str, list[float]]:
    """Seconds of each subject, in the order in which they were measured. Raises BenchFailed."""
    with TemporaryDirectory(prefix="hamgam-bench-") as folder:
        environ = _environ(Path(folder))
        seconds: dict[str, list[float]] = {SQLALCHEMY: [], QUIET: [], WHOLE: []}
        subjects: dict[str, Callable[[], float]] = {
            SQLALCHEMY: lambda: _call(environ, "-c", SQLALCHEMY),
            QUIET: lambda: _call(environ, *TICK),
            WHOLE: lambda: _whole(environ),
        }
        for subject in (subjects[WHOLE], subjects[QUIET]):  # makes the database, fills the caches
            subject()
        for _ in range(repeats):
            for name, subject in subjects.items():
                seconds[name].append(subject())
    return seconds


def page_of(facts: Mapping[str, str], seconds: Mapping[str, list[float]]) -> str:
    lines = [f"{name:<10} {value}" for name, value in facts.items()]
    base = median(seconds[SQLALCHEMY])
    for name, measured in seconds.items():
        middle = median(measured)
        lines.append(
            f"{name:<20} {middle:6.2f} s  {min(measured):5.2f}–{max(measured):.2f}"
            f"  {middle / base:5.2f} × {SQLALCHEMY}"
        )
    quiet = median(seconds[QUIET])
    met = quiet <= MOST_S and quiet <= MOST_RATIO * base
    goal = f"at most {MOST_S:g} s and {MOST_RATIO:g} × when nothing is due"
    minutes = round(WHOLE_EVERY / timedelta(minutes=1))
    lines.append(f"{goal}: {'met' if met else 'NOT MET'}. A whole turn comes every {minutes} min.")
    return "\n".join(lines)


def _whole(environ: Mapping[str, str]) -> float:
    """As the tick after the longest time without a whole turn."""
    home = Path(environ["HAMGAM_HOME"])
    if (home / "hamgam.db").exists():
        _forget_the_last_turn(environ)
    return _call(environ, *TICK)


def _forget_the_last_turn(environ: Mapping[str, str]) -> None:
    before = dict(os.environ)
    os.environ.update(environ)
    try:
        with installation(data=False) as (_, databases), databases.control.write() as session:
            schedules.beat(session, TURN, at=utc_now() - 2 * WHOLE_EVERY, host="bench")
    finally:
        os.environ.clear()
        os.environ.update(before)


def _call(environ: Mapping[str, str], *arguments: str) -> float:
    begin = perf_counter()
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environ, capture_output=True, check=False
    )
    seconds = perf_counter() - begin
    if done.returncode:
        raise BenchFailed(done.stderr.decode(errors="replace")[-500:])
    return seconds


def _environ(home: Path) -> dict[str, str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("HAMGAM_")}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    return {
        **environ,
        "HAMGAM_HOME": str(home),
        "HAMGAM_DATABASE_URL": f"sqlite:///{home / 'hamgam.db'}",
        "HAMGAM_DATA_URL": f"sqlite:///{home / 'data.db'}",
    }
