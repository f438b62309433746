"""Two years of a busy installation, made up: runs, their parts, the audit log, people.

Everything follows from the number of a run, so that each world of a size is the same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, insert, text

from sync_core.base.clock import utc_now
from sync_core.base.settings import Settings
from sync_core.engine.source import Choice
from sync_core.runs.snapshot import snapshot
from sync_core.store.control import FAILED, SUCCESS, DataSync, Run, Schedule
from sync_core.store.control_access import User
from sync_core.store.data import (
    faculty,
    pardis,
    row_changes,
    source_fence,
    students,
    unit_runs,
    unit_state,
)
from sync_core.store.engines import Databases

PERIOD = timedelta(days=730)
NEWEST_AGO = timedelta(minutes=10)
SOURCES = ("faculty", "students")
PEOPLE = ("a.rahimi", "b.sadeghi", "m.karimi", "n.ahmadi", "p.moradi", "z.jafari")
CAUSES = ("network", "gateway", "timeout", "partial", "shrink", "auth", "payload")
TERMS = tuple(f"{year}{part}" for year in range(400, 406) for part in (1, 2, 3))[:16]
FULL = 136
AT_ONCE = 10_000
LOG_LINES = 2_000


@dataclass(frozen=True)
class Size:
    """`campuses`: so many, times the terms, are the parts of the newest run. `people`: students of
    a table of its own, which no page is opened before."""

    runs: int = 100_000
    parts_a_run: int = 10
    campuses: int = 60
    students: int = 100_000
    teachers: int = 3_000
    changes: int = 10_000
    users: int = 20
    people: int = 1_000_000

    @property
    def units(self) -> list[str]:
        return [f"{term}/{code}" for term in TERMS for code in self.codes]

    @property
    def codes(self) -> list[str]:
        return [str(1_110 + 10 * number) for number in range(self.campuses)]


SMALL = Size(runs=400, campuses=3, students=200, teachers=40, changes=100, users=3, people=3_000)


@dataclass(frozen=True)
class World:
    settings: Settings
    databases: Databases
    size: Size
    now: datetime

    @property
    def newest(self) -> int:
        """The run of all parts."""
        return self.size.runs

    def created_at(self, number: int) -> datetime:
        step = (PERIOD - NEWEST_AGO) / self.size.runs
        return self.now - NEWEST_AGO - step * (self.size.runs - number)


def make_world(settings: Settings, databases: Databases, size: Size) -> World:
    """Into databases that are migrated and empty."""
    world = World(settings, databases, size, utc_now())
    engine = databases.control.engine.execution_options(writes=True)
    with engine.begin() as connection:
        _fill(connection, Run, _runs(world))
        connection.execute(text(UNITS_OF_RUNS), {"parts": size.parts_a_run, "all": world.newest})
        connection.execute(text(UNITS_OF_NEWEST), {"run": world.newest, "units": _json(size.units)})
        connection.execute(text(DONE))
        _fill(connection, DataSync, _syncs(world))
        _fill(connection, Schedule, _schedules(world))
        _fill(connection, User, _users(world))
    _make_data(world)
    _write_log(settings.run_log(world.newest), world)
    return world


def _fill(connection: Connection, into: Any, rows: Iterator[dict[str, Any]]) -> None:
    """`into`: a table, or a class that is mapped to one."""
    table: Table = getattr(into, "__table__", into)
    some: list[dict[str, Any]] = []
    for row in rows:
        some.append(row)
        if len(some) == AT_ONCE:
            connection.execute(insert(table), some)
            some = []
    if some:
        connection.execute(insert(table), some)


def _json(names: Sequence[str]) -> str:
    return "[" + ",".join(f'"{name}"' for name in names) + "]"


def _runs(world: World) -> Iterator[dict[str, Any]]:
    settings = snapshot(world.settings)
    choice = asdict(Choice())
    for number in range(1, world.size.runs + 1):
        yield {**_run(world, number), "settings": settings, "choice": choice}


def _run(world: World, number: int) -> dict[str, Any]:
    """One in twenty-five is started by a person, one in nine fails; one a day is a full one."""
    all_parts = number == world.newest
    failed = number % 9 == 4 and not all_parts
    parts = len(world.size.units) if all_parts else world.size.parts_a_run
    begun = world.created_at(number)
    return {
        "id": number,
        "source": SOURCES[number % 2] if not all_parts else "students",
        "status": FAILED if failed else SUCCESS,
        "error_class": CAUSES[number // 9 % len(CAUSES)] if failed else None,
        "error_message": "An example of a run that failed." if failed else None,
        "trigger": _trigger(number),
        "requested_by": PEOPLE[number // 25 % len(PEOPLE)] if number % 25 == 0 else "schedule",
        "mode": "full" if number % FULL < 2 or all_parts else "recent",
        "created_at": begun,
        "started_at": begun + timedelta(milliseconds=300 + number % 400),
        "finished_at": begun + timedelta(milliseconds=45_000 + number * 7_919 % 400_000),
        "lease_until": begun + timedelta(minutes=10),
        "progress_at": begun + timedelta(seconds=40),
        "units_total": parts,
        "units_done": parts - failed,
        "units_failed": int(failed),
        "records": 98_000 + number % 2_000 if number % FULL < 2 and not failed else None,
        "fetched": 100 * parts,
        "inserted": number % 17,
        "updated": number % 101,
        "unchanged": 100 * parts - number % 17 - number % 101,
        "missing": number % 5,
    }


def _trigger(number: int) -> str:
    if number % 25:
        return "schedule"
    return ("manual", "manual", "cli", "retry")[number // 25 % 4]


UNITS_OF_RUNS = """
INSERT INTO sync_run_units (run_id, unit, status, error_class, error_message, duration_s,
  finished_at, skipped, fetched, inserted, updated, unchanged, stale, duplicates, rejected)
WITH RECURSIVE part(number) AS (
  SELECT 1 UNION ALL SELECT number + 1 FROM part WHERE number < :parts)
SELECT id, printf('4051/%d', 1100 + 10 * number),
  iif(number = 1, status, 'success'), iif(number = 1, error_class, NULL),
  iif(number = 1, error_message, NULL), 1.5 + number, finished_at, 0,
  100, inserted, 0, 100 - inserted, 0, 0, 0
FROM sync_runs, part WHERE id <> :all ORDER BY id, number
"""
UNITS_OF_NEWEST = """
INSERT INTO sync_run_units (run_id, unit, status, duration_s, finished_at, skipped, fetched,
  inserted, updated, unchanged, stale, duplicates, rejected)
SELECT sync_runs.id, value, 'success', 0.5 + key % 7, finished_at, key % 3 = 0, 100 + key % 50,
  key % 4, key % 6, 100, 0, 0, 0
FROM sync_runs, json_each(:units) WHERE sync_runs.id = :run
"""
DONE = """
INSERT INTO access_logs (at, actor, action, target, detail)
SELECT created_at, requested_by, 'run.requested', 'run ' || id, source || ', ' || mode
FROM sync_runs
UNION ALL
SELECT finished_at, requested_by, 'run.finished', 'run ' || id, status FROM sync_runs ORDER BY 1
"""


def _syncs(world: World) -> Iterator[dict[str, Any]]:
    for source in SOURCES:
        yield {
            "data_source": source,
            "status": SUCCESS,
            "last_sync_at": world.now - NEWEST_AGO,
            "records_synced": 98_000,
            "created_at": world.now - PERIOD,
            "updated_at": world.now - NEWEST_AGO,
        }


def _schedules(world: World) -> Iterator[dict[str, Any]]:
    for source in SOURCES:
        due = {"next_due_at": world.now + timedelta(hours=1), "last_fired_at": world.now}
        told = {"updated_at": world.now - PERIOD, "updated_by": PEOPLE[0]}
        yield {"source": source, "enabled": True, **due, **told}


def _users(world: World) -> Iterator[dict[str, Any]]:
    for number in range(world.size.users):
        yield {
            "name": f"person-{number:03}",
            "password_hash": "nobody logs in with this",
            "role": "admin",
            "disabled": False,
            "must_change": False,
            "created_at": world.now - PERIOD,
            "password_changed_at": world.now - PERIOD,
        }


def _make_data(world: World) -> None:
    """The tables of people, and the ledger of the newest run."""
    size, now = world.size, world.now
    engine = world.databases.data.engine.execution_options(writes=True)
    with engine.begin() as connection:
        campuses = ({"pardis_code": code, "name": f"پردیس نمونهٔ {code}"} for code in size.codes)
        _fill(connection, pardis, campuses)
        _fill(connection, unit_state, _states(world))
        fence = {"source": "students", "run_id": world.newest, "epoch": 1, "raised_at": now}
        _fill(connection, source_fence, iter([fence]))
        _fill(connection, unit_runs, _unit_runs(world))
        _fill(connection, students, map(_student, range(size.students)))
        _fill(connection, faculty, map(_teacher, range(size.teachers)))
        _fill(connection, row_changes, _changes(world))


def _states(world: World) -> Iterator[dict[str, Any]]:
    units = [("students", unit) for unit in world.size.units]
    for source, unit in [*units, ("faculty", "all")]:
        known = {"source": source, "unit": unit, "rank": unit, "in_plan": True, "status": SUCCESS}
        yield {**known, "run_id": world.newest, "success_at": world.now - NEWEST_AGO, "rows": 100}


def _unit_runs(world: World) -> Iterator[dict[str, Any]]:
    for unit_id in range(1, len(world.size.units) + 1):
        done = {"status": SUCCESS, "duration_s": 1.5, "finished_at": world.now - NEWEST_AGO}
        yield {"run_id": world.newest, "unit_id": unit_id, **done}


def _student(number: int) -> dict[str, Any]:
    return {
        "studentnum": f"{4_010_000_000 + number}",
        "firstname": ("آرمان", "بهاره", "پویا", "ترانه")[number % 4],
        "familyname": ("نمونه‌پور", "آزمایشی", "فرضی‌نژاد")[number % 3],
        "address": "خیابان نمونه، پلاک 1",
        "phonenum": f"0900{number:07}",
        "vazeiyat": "در حال تحصیل",
        "course_name": "آموزش ابتدایی",
        "term": TERMS[number % len(TERMS)],
        "first_run": 1,
        "last_run": 1,
    }


def _teacher(number: int) -> dict[str, Any]:
    return {
        "nationalcode": f"{number * 7 + 1:010}",
        "id": number + 1,
        "name": ("آرمان", "بهاره", "پویا", "ترانه")[number % 4],
        "family": ("نمونه‌پور", "آزمایشی", "فرضی‌نژاد")[number % 3],
        "field": "علوم تربیتی",
        "first_run": 1,
        "last_run": 1,
    }


def _changes(world: World) -> Iterator[dict[str, Any]]:
    for number in range(world.size.changes):
        key, at = f"{4_010_000_000 + number % world.size.students}", world.now - NEWEST_AGO
        told = {"key": key, "column": "course_name", "old": "الف", "new": "ب"}
        yield {"run_id": world.newest, "source": "students", "at": at, **told}


def _write_log(file: Path, world: World) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    begun = f"{world.created_at(world.newest):%Y-%m-%dT%H:%M:%SZ}"
    lines = (
        f"{begun} info    Unit {4_051 - number % 16}/{1_110 + number % 600}: 100 records in 1.5 s\n"
        for number in range(LOG_LINES)
    )
    file.write_text("".join(lines), encoding="utf-8")
