"""What must hold after every run, however it ended; computed by none of the core's own code."""

import json
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import psutil

from fetch_data.demo.people import World
from sync_core.base.errors import CLASSES
from sync_core.store.data import STUDENTS
from tests.crash.stage import UNITS, Stage
from tests.engine.oracle import Rows, expected_students
from tests.runs.installation import lives, wait_until

PARTS = ("inserted", "updated", "unchanged", "stale", "duplicates", "rejected")


def check(stage: Stage, run_id: int) -> None:
    """After the end of a run that may have been killed."""
    row = stage.here.run_row(run_id)
    check_rows(stage)
    check_end(stage, row)
    check_counts(stage, row)
    check_processes(row)
    check_files(stage)


def check_whole(stage: Stage, run_id: int) -> None:
    """After a run that was left alone: the table equals the gateway, and everything says so."""
    row = stage.here.run_row(run_id)
    assert (row["status"], row["error_class"]) == ("success", None)
    assert stored(stage) == expected_students(stage.gateway.world, UNITS)
    [state] = stage.here.rows(
        "SELECT status, records_synced FROM data_syncs WHERE data_source = 'students'", control=True
    )
    assert state == {"status": "success", "records_synced": len(stored(stage))}
    check(stage, run_id)


def check_rows(stage: Stage) -> None:
    """Every unit holds exactly what one revision sent: the one of the run that it names."""
    expected: Rows = {}
    for term, campus in reversed(UNITS):
        run_id = _last_success(stage, f"{term}/{campus}")
        if run_id is not None:
            world = replace(stage.gateway.world, spread_revision=stage.revisions[run_id])
            expected |= content(world, term, campus)
    assert stored(stage) == expected


@lru_cache(maxsize=256)
def content(world: World, term: str, campus: str) -> Rows:
    """Computed once for each revision: many units keep theirs over several kills."""
    return expected_students(world, [(term, campus)])


def _last_success(stage: Stage, unit: str) -> int | None:
    [row] = stage.here.rows(
        "SELECT max(r.run_id) AS id FROM unit_runs r JOIN unit_state s ON s.id = r.unit_id"
        f" WHERE s.unit = '{unit}' AND r.status = 'success'"
    )
    return row["id"]


def stored(stage: Stage) -> Rows:
    rows = stage.here.rows('SELECT * FROM "Students"')
    assert not [row for row in rows if row["missing_since"]]
    return {row["studentnum"]: {name: row[name] for name in STUDENTS} for row in rows}


def check_end(stage: Stage, row: dict[str, Any]) -> None:
    """Terminal, told once, in words that say nothing secret."""
    assert row["status"] in {"success", "failed"}
    assert (row["error_class"] in CLASSES) == (row["status"] == "failed")
    message = row["error_message"] or ""
    assert len(message) <= 500
    assert stage.gateway.password not in message
    active = stage.here.rows(
        "SELECT id FROM sync_runs WHERE status IN ('pending', 'running')", control=True
    )
    assert active == []
    told = stage.here.rows(
        "SELECT detail FROM access_logs WHERE action = 'run.finished'"
        f" AND target = 'run {row['id']}'",
        control=True,
    )
    assert len(told) == 1


def check_counts(stage: Stage, row: dict[str, Any]) -> None:
    """The run's numbers are those of its units, and each unit's add up."""
    units = stage.here.rows(f"SELECT * FROM unit_runs WHERE run_id = {row['id']}")
    copied = stage.here.rows(
        f"SELECT * FROM sync_run_units WHERE run_id = {row['id']}", control=True
    )
    assert len(units) == len(copied) == row["units_done"] + row["units_failed"]
    for name in ("fetched", *PARTS):
        assert row[name] == sum(unit[name] for unit in units)
    for unit in units:
        assert unit["fetched"] == sum(unit[name] for name in PARTS)
    changed = stage.here.rows(
        f'SELECT count(*) AS n FROM row_changes WHERE run_id = {row["id"]} AND "column" IS NULL'
    )
    assert row["inserted"] == changed[0]["n"]


def check_processes(row: dict[str, Any]) -> None:
    """Nothing of the run is left: neither who led it nor whoever they started."""
    wait_until(lambda: not _left(row), f"the processes of run {row['id']}")


def _left(row: dict[str, Any]) -> list[int]:
    leaders = {pid for name in ("supervisor_pid", "child_pid") if (pid := row[name]) is not None}
    mark = json.dumps({"run_id": row["id"]})[1:-1].replace(" ", "")
    return [
        process.pid
        for process in psutil.process_iter()
        if lives(process.pid) and _is_of(process, leaders, mark)
    ]


def _is_of(process: psutil.Process, leaders: set[int], mark: str) -> bool:
    try:
        order = process.environ().get("HAMGAM_RUN", "")
    except psutil.Error:
        return False
    return mark in order or (process.pid in leaders and "sync_core" in " ".join(process.cmdline()))


def check_files(stage: Stage) -> None:
    """Both databases are whole, and nobody holds their write-ahead logs."""
    for control in (True, False):
        assert stage.here.rows("PRAGMA quick_check", control=control) == [{"quick_check": "ok"}]
        [state] = stage.here.rows("PRAGMA wal_checkpoint(TRUNCATE)", control=control)
        assert (state["busy"], state["log"]) == (0, 0)


def check_secrets(stage: Stage) -> None:
    """Once, at the end: the password is in no file of the installation."""
    secret = stage.gateway.password.encode()
    folder = Path(stage.here.settings.home)
    holders = [path for path in folder.rglob("*") if path.is_file() and secret in path.read_bytes()]
    assert holders == []
