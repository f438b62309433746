"""One example of every interesting state, written into both databases. All people are invented."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import insert, select

from sync_core.access.permissions import OPERATOR, VIEWER, Actor
from sync_core.base.clock import utc_now
from sync_core.base.settings import Settings
from sync_core.store.control import (
    FAILED,
    PENDING,
    RUNNING,
    SUCCESS,
    DataSync,
    Heartbeat,
    Run,
    RunUnit,
    Schedule,
)
from sync_core.store.data import faculty, pardis, students, unit_state
from sync_core.store.engines import Databases, open_databases
from sync_core.store.migrate import prepare
from sync_core.store.syncs import SourceRow, ensure_sources

SOURCES = ("faculty", "students")
VISITOR = Actor("example", VIEWER, 1)
KARIMI = Actor("karimi", OPERATOR, 2)
CAMPUSES = {"1110": "پردیس نمونهٔ شمال", "1120": "پردیس نمونهٔ جنوب", "1130": "پردیس آزمایشی غرب"}
TERMS = ("4051", "4043", "4042", "4041")
NAMES = ("آرمان", "بهاره", "پویا", "ترانه", "ثمین", "جاوید")
FAMILIES = ("نمونه‌پور", "آزمایشی", "فرضی‌نژاد", "خیالی", "ساختگی")


def prepared(settings: Settings) -> Databases:
    """Both databases, migrated, with a row for each source: nothing has ever run."""
    databases = open_databases(settings)
    for database, content in zip((databases.control, databases.data), _migrated(), strict=True):
        if database.file is not None and not database.file.exists():
            database.file.parent.mkdir(parents=True, exist_ok=True)
            database.file.write_bytes(content)
    prepare(settings, databases)
    with databases.control.write() as session:
        rows = [SourceRow(name, "https://api.example.ac.ir", f"/{name}") for name in SOURCES]
        ensure_sources(session, rows, utc_now())
    return databases


@cache
def _migrated() -> tuple[bytes, bytes]:
    """Both databases right after their migrations, which take most of a test's time."""
    with TemporaryDirectory() as folder:
        home = Path(folder)
        control, data = home / "control.db", home / "data.db"
        settings = Settings(home, f"sqlite:///{control}", f"sqlite:///{data}")
        databases = open_databases(settings)
        prepare(settings, databases)
        databases.dispose()
        return control.read_bytes(), data.read_bytes()


def add_run(
    databases: Databases,
    source: str,
    status: str = SUCCESS,
    *,
    ago: timedelta = timedelta(hours=2),
    lasted: timedelta = timedelta(minutes=4, seconds=12),
    **values: Any,
) -> int:
    """A run that began `ago`; an ended one also says so in `data_syncs`. Returns its number."""
    begun = utc_now() - ago
    ended = None if status in (PENDING, RUNNING) else begun + lasted
    run = Run(
        source=source,
        status=status,
        trigger=values.pop("trigger", "manual"),
        mode=values.pop("mode", "full"),
        choice={"campuses": [], "terms": []},
        requested_by=values.pop("requested_by", "admin"),
        created_at=begun,
        started_at=None if status == PENDING else begun,
        finished_at=ended,
        lease_until=utc_now() + timedelta(minutes=10),
        **values,
    )
    with databases.control.write() as session:
        session.add(run)
        session.flush()
        _tell_the_source(session.scalar(_sync_of(source)), run)
    return run.id


def add_success(databases: Databases, source: str, records: int = 1_200, **values: Any) -> int:
    counts = {"fetched": records, "inserted": 14, "updated": 31, "unchanged": records - 45}
    units = {"units_total": 12, "units_done": 12} if source == "students" else {"units_total": 1}
    units.setdefault("units_done", 1)
    return add_run(databases, source, records=records, **{**counts, **units, **values})


def add_failure(databases: Databases, source: str, error_class: str, **values: Any) -> int:
    message = values.pop("error_message", f"Example of a run that failed: {error_class}.")
    return add_run(
        databases, source, FAILED, error_class=error_class, error_message=message, **values
    )


def add_running(databases: Databases, source: str, **values: Any) -> int:
    """In the middle of its plan."""
    given = {
        "units_total": 12,
        "units_done": 5,
        "fetched": 4_870,
        "current_unit": "4043/1120" if source == "students" else "all",
        "ago": timedelta(seconds=70),
    }
    return add_run(databases, source, RUNNING, **{**given, **values})


def add_history(databases: Databases, source: str, count: int) -> list[int]:
    """Two runs a day, the newest four hours ago, every seventh of them failed."""
    return [_one_of_many(databases, source, number) for number in range(count, 0, -1)]


def add_units(databases: Databases, run_id: int, failed: Iterable[str] = ()) -> None:
    """The twelve units of a students' run; those named in `failed` did not succeed."""
    bad = set(failed)
    with databases.control.write() as session:
        session.add_all(
            RunUnit(
                run_id=run_id,
                unit=unit,
                status=FAILED if unit in bad else SUCCESS,
                error_class="gateway" if unit in bad else None,
                error_message="The gateway answered 502 five times." if unit in bad else None,
                duration_s=3.4,
                finished_at=utc_now(),
                fetched=0 if unit in bad else 100,
                unchanged=0 if unit in bad else 100,
            )
            for unit in unit_names()
        )


def add_ledger(databases: Databases, source: str, ago: timedelta, never: int = 0) -> None:
    """The planned units of a source, all last successful `ago`, `never` of them not at all."""
    names = unit_names() if source == "students" else ["all"]
    with databases.data.write() as session:
        for place, name in enumerate(names):
            at = None if place < never else utc_now() - ago
            session.execute(
                insert(unit_state).values(
                    source=source, unit=name, rank=name, in_plan=True, success_at=at
                )
            )


def add_campuses(databases: Databases) -> None:
    with databases.data.write() as session:
        for code, name in CAMPUSES.items():
            session.execute(insert(pardis).values(pardis_code=code, name=name))


def add_faculty(databases: Databases, count: int, missing: int = 0, **values: Any) -> None:
    """The last `missing` of them are no longer reported."""
    with databases.data.write() as session:
        for number in range(count):
            teacher = _teacher(number, number >= count - missing)
            session.execute(insert(faculty).values({**teacher, **values}))


def add_students(databases: Databases, count: int, missing: int = 0) -> None:
    with databases.data.write() as session:
        for number in range(count):
            session.execute(insert(students).values(_student(number, number >= count - missing)))


def plan_schedule(
    databases: Databases, source: str, due_in: timedelta, interval_value: int = 6
) -> None:
    with databases.control.write() as session:
        schedule = session.get(Schedule, source)
        assert schedule is not None
        schedule.enabled, schedule.interval_value, schedule.interval_unit = (
            True,
            interval_value,
            "hours",
        )
        schedule.next_due_at = utc_now() + due_in


def make_due(databases: Databases, source: str, due_at: datetime) -> None:
    """The schedule, as it is saved, has its next slot then."""
    with databases.control.write() as session:
        schedule = session.get(Schedule, source)
        assert schedule is not None
        schedule.next_due_at = schedule.anchor_at = due_at


def beat(databases: Databases, ago: timedelta) -> None:
    """`tick` was called `ago`."""
    with databases.control.write() as session:
        session.add(Heartbeat(name="tick", at=utc_now() - ago, host="example"))


def unit_names() -> list[str]:
    return [f"{term}/{campus}" for term in TERMS for campus in CAMPUSES]


def _one_of_many(databases: Databases, source: str, number: int) -> int:
    when = {
        "ago": timedelta(hours=12 * number - 8),
        "lasted": timedelta(seconds=180 + number * 37 % 190),
        "trigger": "schedule" if number % 3 else "manual",
        "requested_by": "schedule" if number % 3 else "admin",
    }
    if number % 7 == 3:
        return add_failure(databases, source, "network", **when)
    return add_success(databases, source, 1_200 - number, **when)


def _sync_of(source: str) -> Any:
    return select(DataSync).where(DataSync.data_source == source)


def _tell_the_source(sync: DataSync | None, run: Run) -> None:
    assert sync is not None
    active = run.finished_at is None
    sync.status = RUNNING if active else run.status
    if not active and run.records is not None and run.started_at and run.finished_at:
        sync.records_synced, sync.last_sync_at = run.records, run.finished_at
        sync.sync_duration_seconds = (run.finished_at - run.started_at).total_seconds()
    sync.error_message = run.error_message


def _teacher(number: int, missing: bool) -> dict[str, Any]:
    return {
        "id": number + 1,
        "professorCode": f"P{number:05}",
        "code": f"{7000 + number}",
        "name": NAMES[number % len(NAMES)],
        "family": FAMILIES[number % len(FAMILIES)],
        "mobile": f"0900{number:07}",
        "email": f"person{number}@example.ac.ir",
        "city": "شهر نمونه",
        "nationalcode": f"{number * 7 + 1:010}",
        "personelid": f"{30_000 + number}",
        "field": "علوم تربیتی",
        "scope": "استان آزمایشی",
        "sex": number % 2 + 1,
        **_ours(missing),
    }


def _student(number: int, missing: bool) -> dict[str, Any]:
    return {
        "studentnum": f"{4_010_000_000 + number}",
        "firstname": NAMES[number % len(NAMES)],
        "familyname": FAMILIES[number % len(FAMILIES)],
        "birthdate": "1383/01/01",
        "address": "خیابان نمونه، پلاک 1",
        "phonenum": f"0900{number:07}",
        "vazeiyat": "در حال تحصیل",
        "course_name": "آموزش ابتدایی",
        "term": TERMS[number % len(TERMS)],
        **_ours(missing),
    }


def _ours(missing: bool) -> dict[str, Any]:
    since = datetime(2026, 10, 1, 8, tzinfo=UTC) if missing else None
    return {"missing_since": since, "first_run": 1, "last_run": 1}
