"""The year that `demo --states` tells: written once a process, copied for each test."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sync_core.base.settings import Settings, load
from sync_core.cli.demo_cases import Case, cases
from sync_core.cli.demo_rows import leave_rows
from sync_core.cli.demo_states import show_runs, tell_past
from sync_core.store import ledger
from sync_core.store.control import SUCCESS, Run
from sync_core.store.engines import Databases, open_databases
from tests import seed

PEOPLE = {"faculty": 130, "students": 300}
SETTINGS = {"HAMGAM_TERMS": ",".join(seed.TERMS), "HAMGAM_GATEWAY_URL": "https://api.example.ac.ir"}
CASES: list[Case] = cases(sorted(seed.unit_names(), reverse=True))


def told() -> Databases:
    """Needs SETTINGS in the environment, as all that reads the databases does."""
    databases = open_databases(load())
    for database, content in zip((databases.control, databases.data), _written(), strict=True):
        assert database.file is not None
        database.file.write_bytes(content)
    return databases


def write(settings: Settings, databases: Databases) -> None:
    """As the demo does, but for its real sync, whose people and units are made up here."""
    past = tell_past(settings, databases, PEOPLE)
    leave_rows(settings, databases, past)
    show_runs(settings, databases)


def stage(databases: Databases) -> None:
    """What the demo's gateway and its first sync leave, but for the runs of that sync."""
    seed.add_campuses(databases)
    seed.add_faculty(databases, PEOPLE["faculty"])
    seed.add_students(databases, PEOPLE["students"])
    units = {name: name for name in seed.unit_names()}
    with databases.data.write() as session:
        ledger.register_plan(session, "faculty", {"all": "all"}, {"all"})
        ledger.register_plan(session, "students", units, set(units))


def number_of(databases: Databases, case: Case) -> int:
    """The run of a case: cases come after each other, and nothing else is as they are."""
    with databases.control.read() as session:
        runs = session.query(Run).filter(Run.source == case.source).order_by(Run.id.desc())
        return next(run.id for run in runs if _is(run, case))


def _is(run: Run, case: Case) -> bool:
    asked = {name: run.choice.get(name) for name in case.choice}
    return (
        (run.trigger, run.requested_by, run.mode) == (case.trigger, case.by, case.mode)
        and run.error_class == (None if case.outcome == SUCCESS else case.outcome)
        and (run.started_at is not None) == case.begun
        and run.counted == case.values.get("counted", False)
        and (run.refused_missing is not None) == ("refused_missing" in case.values)
        and asked == dict(case.choice)
        and bool(run.choice.get("accepts")) == bool(case.accepts)
    )


@cache
def _written() -> tuple[bytes, bytes]:
    """Both databases, closed, so that nothing stands beside the files."""
    with TemporaryDirectory() as folder:
        home = Path(folder)
        files = home / "control.db", home / "data.db"
        environ = {"HAMGAM_HOME": folder, **SETTINGS}
        environ |= {
            "HAMGAM_DATABASE_URL": f"sqlite:///{files[0]}",
            "HAMGAM_DATA_URL": f"sqlite:///{files[1]}",
        }
        settings = load(environ)
        databases = seed.prepared(settings)
        stage(databases)
        write(settings, databases)
        databases.dispose()
        return files[0].read_bytes(), files[1].read_bytes()
