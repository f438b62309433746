"""`demo --states`: writes a year of fictional runs, one in every state, and who asked for them.

The past is written before the demo's first real sync, once; two runs that stand still for show come
after it and are taken away again. It starts no run and changes no row of a person.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from sync_core.access.permissions import OPERATOR, SCHEDULER, VIEWER, command_line_actor
from sync_core.access.users import add_user, list_users, set_disabled
from sync_core.base.clock import tehran_today, utc_now
from sync_core.base.errors import ConfigError
from sync_core.base.settings import Settings
from sync_core.cli import demo_cases
from sync_core.cli.demo_counts import Sums, counted
from sync_core.cli.demo_story import SEED, Past, Story
from sync_core.engine.plan import make_plan
from sync_core.engine.reference import read_reference
from sync_core.engine.source import Choice, load_sources
from sync_core.runs.snapshot import snapshot
from sync_core.schedule.plans import TICK, save_schedule
from sync_core.store import ledger, overview, runs, schedules, staged
from sync_core.store.control import COUNTS, FAILED, PENDING, RUNNING, SUCCESS
from sync_core.store.engines import Databases

STAGE = "demo.example.ac.ir"
"""The host of all that is made up: nobody here can tell whether a process of it lives."""
FOR_SHOW = timedelta(days=3_650)
"""The lease of what stands still, so that no reaper ends it before somebody stops it."""
USERS = (
    (demo_cases.OPERATOR, OPERATOR, False),
    ("z.sadeghi", VIEWER, False),
    (demo_cases.SECOND, OPERATOR, True),
)
"""Name, role, and whether the user is disabled."""
EVERY_HOURS = {demo_cases.FACULTY: 24, demo_cases.STUDENTS: 12}
FEWEST = 120
"""People of a source, so that also a tiny demo has something to tell."""
SHARES = {demo_cases.FACULTY: 1.0, demo_cases.STUDENTS: 0.8}
"""Of the demo gateway's people, those whom it reports."""

Values = dict[str, Any]


def tell_past(
    settings: Settings, databases: Databases, people: Mapping[str, int]
) -> Sequence[Past]:
    """What was written; nothing where it is told already.

    Raises ConfigError where real runs stand in its place.
    """
    with databases.control.read() as session:
        if staged.is_staged(session, STAGE):
            return ()
        if runs.latest_runs(session, source=None, limit=1):
            raise ConfigError(
                "This demo has runs already, and what is told comes before them.",
                hint="Add --fresh, which forgets them.",
            )
    with databases.data.read() as session:
        first_id = ledger.last_run_id(session) + 1
    wanted = {name: max(FEWEST, round(n * SHARES[name])) for name, n in people.items()}
    plans = _Plans(settings, databases)
    past = list(Story(plans.of, wanted, tehran_today(), first_id).tell())
    _write(settings, databases, past)
    _add_users(databases)
    _switch_schedules_on(databases)
    return past


class _Plans:
    """The full plans of past days: a term that had not begun was not planned."""

    def __init__(self, settings: Settings, databases: Databases) -> None:
        self._sources = load_sources(settings)
        with databases.data.read() as session:
            self._reference = read_reference(session, settings)
        self._known: dict[tuple[str, date], tuple[str, ...]] = {}

    def of(self, source: str, day: date) -> Sequence[str]:
        if (source, day) not in self._known:
            reference = replace(self._reference, today=day)
            plan = make_plan(self._sources[source], reference, Choice(), set())
            self._known[source, day] = tuple(unit.name for unit in plan.units)
        return self._known[source, day]


def _write(settings: Settings, databases: Databases, past: Sequence[Past]) -> None:
    made = {"settings": snapshot(settings), "host": STAGE}
    units = [{**unit, "run_id": each.run["id"]} for each in past for unit in each.units]
    called = [each.run["created_at"] for each in past if each.run["trigger"] == "schedule"]
    with databases.control.write() as session:
        staged.add_past(session, [{**made, **each.run} for each in past], units)
        schedules.beat(session, TICK, at=max(called), host=STAGE)


def _add_users(databases: Databases) -> None:
    """With passwords that nobody knows: they are names in the history, no way in."""
    actor = command_line_actor()
    known = {user.name for user in list_users(databases, actor)}
    for name, role, disabled in USERS:
        if name not in known:
            password = secrets.token_urlsafe(24)
            add_user(databases, actor, name, password, role, must_change=True)
        if disabled:
            set_disabled(databases, actor, name, True)


def _switch_schedules_on(databases: Databases) -> None:
    actor = command_line_actor()
    for source, hours in EVERY_HOURS.items():
        save_schedule(
            databases, actor, source, enabled=True, interval_value=hours, interval_unit="hours"
        )


def show_runs(settings: Settings, databases: Databases) -> None:
    """One that waits and one in its middle; where a source is busy with a real run, none."""
    plans, now = _Plans(settings, databases), utc_now()
    students = plans.of(demo_cases.STUDENTS, tehran_today())
    with databases.control.write() as session:
        seen = overview.last_success(session, demo_cases.STUDENTS)
        sums = Sums(seen.records or 0, 2, 7, seen.stale) if seen else Sums(FEWEST)
        parts = _parts(now, students, sums)
        for values in (_waiting(now), _in_the_middle(now, students, parts)):
            run = runs.insert_run(session, {**_standing(settings, now), **values})
    if run is not None:
        _show_parts(databases, run.id, parts)


def take_shown_away(databases: Databases) -> None:
    """Those that somebody stopped have ended, and stay in the history."""
    with databases.control.write() as session:
        gone = staged.delete_active(session, STAGE)
    with databases.data.write() as session:
        staged.delete_outcomes(session, gone)


def _show_parts(databases: Databases, run_id: int, parts: Mapping[str, Values]) -> None:
    with databases.data.write() as session:
        ids = {s.unit: s.id for s in ledger.unit_states(session, demo_cases.STUDENTS).values()}
        known = [unit for unit in parts if unit in ids]
        rows = [{"run_id": run_id, "unit_id": ids[unit], **parts[unit]} for unit in known]
        staged.add_outcomes(session, rows)


def _standing(settings: Settings, now: datetime) -> Values:
    return {
        "mode": "full",
        "choice": {"campuses": [], "terms": [], "units": [], "verify": False},
        "settings": snapshot(settings),
        "host": STAGE,
        "lease_until": now + FOR_SHOW,
    }


def _waiting(now: datetime) -> Values:
    return {
        "source": demo_cases.FACULTY,
        "status": PENDING,
        "trigger": "schedule",
        "requested_by": SCHEDULER.name,
        "created_at": now - timedelta(seconds=25),
    }


def _parts(now: datetime, plan: Sequence[str], sums: Sums) -> dict[str, Values]:
    """Unit → its outcome, of the first two fifths of the plan. The first of them failed."""
    done = len(plan) * 2 // 5
    failed = {
        **dict.fromkeys(COUNTS, 0),
        "status": FAILED,
        "error_class": "gateway",
        "error_message": "POST /API/Golestan/Students_2 was answered with 502.",
    }
    counts = counted(Random(SEED), len(plan), sums)[1:done]  # noqa: S311
    outcomes: list[Values] = [failed, *({"status": SUCCESS, **each} for each in counts)]
    step = timedelta(seconds=90 / max(done, 1))
    return {
        unit: {"duration_s": 0.8, "finished_at": now - step * (done - place), **outcome}
        for place, (unit, outcome) in enumerate(zip(plan, outcomes, strict=False))
    }


def _in_the_middle(now: datetime, plan: Sequence[str], parts: Mapping[str, Values]) -> Values:
    """Rate and time left are those that it has now: they hold for as long as it stands still."""
    return {
        "source": demo_cases.STUDENTS,
        "status": RUNNING,
        "trigger": "manual",
        "requested_by": demo_cases.OPERATOR,
        "created_at": now - timedelta(seconds=96),
        "started_at": now - timedelta(seconds=95),
        "progress_at": now,
        "units_total": len(plan),
        "units_done": len(parts) - 1,
        "units_failed": 1,
        "current_unit": plan[len(parts)],
        **{name: sum(part[name] for part in parts.values()) for name in COUNTS},
    }
