"""A dashboard with a past: weeks of runs, one that failed in part, one that goes on. No gateway."""

from datetime import timedelta

from sqlalchemy import insert, select

from sync_core.base.clock import utc_now
from sync_core.base.settings import load
from sync_core.store.control import FAILED, Run
from sync_core.store.data import rejected_rows, row_changes
from sync_core.store.engines import Databases
from tests import seed
from tests.pages.web_server import WebServer

SETTINGS = {
    "HAMGAM_GATEWAY_URL": "http://127.0.0.1:9",
    "HAMGAM_GATEWAY_USER": "tester",
    "HAMGAM_GATEWAY_PASSWORD": "nobody answers there",
    "HAMGAM_CAMPUSES": "1110,1120,1130",
    "HAMGAM_TERMS": ",".join(seed.TERMS),
}
RUNS_EACH = 40
PEOPLE = 12
FAILED_UNITS = ("4042/1120", "4041/1110")
CODE = "0012345679"
"""A national code that a log should never have told."""


def live_through() -> None:
    """Needs the settings in the environment."""
    settings = load()
    databases = seed.prepared(settings)
    seed.add_campuses(databases)
    seed.add_faculty(databases, PEOPLE, missing=2)
    seed.add_students(databases, PEOPLE)
    seed.add_ledger(databases, "faculty", timedelta(hours=4))
    seed.add_ledger(databases, "students", timedelta(hours=30), never=2)
    for source in seed.SOURCES:
        seed.add_history(databases, source, RUNS_EACH)
    seed.add_failure(databases, "faculty", "auth", ago=timedelta(hours=3))
    run_id = _fail_in_part(databases)
    log = settings.run_log(run_id)
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text(
        "2026-11-24T06:00:00Z info    12 units planned\n"
        f"2026-11-24T06:00:03Z output  nationalcode={CODE} was seen\n"
        f"2026-11-24T06:00:04Z error   POST /Students_2 was answered with 502{' again' * 50}\n",
        encoding="utf-8",
    )
    seed.add_running(databases, "students")
    databases.dispose()


def partial_run(server: WebServer) -> int:
    with server.databases.control.read() as session:
        query = select(Run.id).where(Run.status == FAILED, Run.error_class == "partial")
        return session.scalars(query).one()


def _fail_in_part(databases: Databases) -> int:
    counts = {"fetched": 1_000, "updated": 1, "unchanged": 998, "rejected": 1}
    units = {"units_total": 12, "units_done": 10, "units_failed": 2}
    run_id = seed.add_failure(
        databases, "students", "partial", ago=timedelta(hours=2), **counts, **units
    )
    seed.add_units(databases, run_id, failed=FAILED_UNITS)
    common = {"run_id": run_id, "source": "students", "at": utc_now()}
    with databases.data.write() as session:
        changed = {"key": "4010000001", "column": "vazeiyat", "old": "در حال تحصیل"}
        session.execute(insert(row_changes).values(**common, **changed, new="فارغ‌التحصیل"))
        record = {"studentnum": None, "familyname": "آزمایشی"}
        refused = {"unit": "4051/1110", "position": 7, "reason": "studentnum is empty"}
        session.execute(insert(rejected_rows).values(**common, **refused, record=record))
    return run_id
