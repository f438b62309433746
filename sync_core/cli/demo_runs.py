"""The demo's first sync and the end of its runs: no run of a demo outlives it."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sync_core.access.permissions import command_line_actor
from sync_core.base.clock import monotonic_s
from sync_core.base.errors import Busy, IllegalTransition
from sync_core.base.settings import Settings
from sync_core.cli.demo_states import take_shown_away
from sync_core.cli.output import complain, remark
from sync_core.cli.progress import watching
from sync_core.engine.source import load_sources
from sync_core.runs.cancel import request_cancel
from sync_core.runs.foreground import run_here
from sync_core.runs.reaper import reap
from sync_core.store.control import SUCCESS
from sync_core.store.engines import Databases
from sync_core.store.runs import active_runs
from sync_core.store.states import source_states

RUNS_END_S = 30


def first_sync(settings: Settings, databases: Databases, world: dict[str, int]) -> None:
    """Syncs what an earlier demo of the same world has not; Ctrl-C ends the demo.

    A failure is told here and shown on the screen: the demo goes on.
    """
    mark = settings.home / "world.json"
    covered = _covered(databases) if _is_same(mark, world) else set()
    for name in load_sources(settings):
        if name not in covered:
            _sync(settings, databases, name)
    mark.write_text(json.dumps(world), encoding="utf-8")


def _sync(settings: Settings, databases: Databases, name: str) -> None:
    remark(f"Reading {name} …")
    try:
        with watching() as watch:
            run = run_here(settings, databases, name, actor=command_line_actor(), watch=watch)
    except Busy as busy:  # somebody was faster on the screen
        complain(busy.message)
        return
    if run.error_class == "cancelled":
        raise KeyboardInterrupt
    remark(f"{name}: {run.status} {run.error_message or ''}".rstrip())


def _covered(databases: Databases) -> set[str]:
    with databases.control.read() as session:
        return {row["source"] for row in source_states(session) if row["status"] == SUCCESS}


def _is_same(mark: Path, world: dict[str, int]) -> bool:
    try:
        return bool(json.loads(mark.read_text(encoding="utf-8")) == world)
    except (OSError, ValueError):
        return False


@contextmanager
def runs_end(settings: Settings, databases: Databases) -> Iterator[None]:
    """No run of an earlier demo, or of this one, is left behind."""
    _end_runs(settings, databases)
    try:
        yield
    finally:
        _end_runs(settings, databases)


def _end_runs(settings: Settings, databases: Databases) -> None:
    take_shown_away(databases)
    deadline = monotonic_s() + RUNS_END_S
    asked: set[int] = set()
    while monotonic_s() < deadline:
        reap(settings, databases)
        active = _active(databases)
        if not active:
            return
        for run_id in active - asked:
            _ask_to_end(databases, run_id)
        asked |= active
        time.sleep(0.2)


def _active(databases: Databases) -> set[int]:
    with databases.control.read() as session:
        return {run.id for run in active_runs(session)}


def _ask_to_end(databases: Databases, run_id: int) -> None:
    try:
        request_cancel(databases, command_line_actor(), run_id)
    except IllegalTransition:
        return  # it ended by itself
