"""What is old goes, what proves the data stays, and nobody waits for it."""

import os
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import func, insert, select, update

from sync_core.access.permissions import ADMIN, Actor
from sync_core.base.clock import utc_now
from sync_core.base.settings import load
from sync_core.ops import retention
from sync_core.ops.retention import KINDS, Holding, prune, survey
from sync_core.ops.stored import save_section
from sync_core.store.control import Run, RunUnit
from sync_core.store.control_access import AccessLog, LoginTries, User, WebSession
from sync_core.store.control_alerts import Alert, AlertRead
from sync_core.store.data import rejected_rows, row_changes, unit_runs, unit_state
from sync_core.store.deliveries import GIVEN_UP, OPEN, SENT
from sync_core.store.engines import Databases
from tests import seed
from tests.alerting import add_channel, all_deliveries, tell

KARIMI = Actor("karimi", ADMIN, 1)
DAY = timedelta(days=1)
OLD, NEW = 500 * DAY, 10 * DAY
SETTLED = (SENT, GIVEN_UP)


def by_kind(held: Iterable[Holding]) -> dict[str, tuple[int, int]]:
    return {one.kind: (one.there, one.old) for one in held}


def pruned(databases: Databases) -> dict[str, int]:
    return {one.kind: one.old for one in prune(load(), databases, KARIMI)}


def keep(databases: Databases, **days: str) -> None:
    save_section(load(), databases, KARIMI, "retention", days)


def add_changes(databases: Databases, ago: timedelta, count: int, run_id: int = 1) -> None:
    at = utc_now() - ago
    rows = [
        {"run_id": run_id, "source": "faculty", "key": f"{n:010}", "column": None, "at": at}
        for n in range(count)
    ]
    with databases.data.write() as session:
        session.execute(insert(row_changes), rows)


def add_reject(databases: Databases, ago: timedelta, run_id: int) -> None:
    row = {"run_id": run_id, "source": "students", "unit": "4041/1110", "position": 1}
    with databases.data.write() as session:
        values = {**row, "reason": "no key", "record": {}, "at": utc_now() - ago}
        session.execute(insert(rejected_rows), [values])


def add_log(run_id: int, ago: timedelta) -> Path:
    path = load().run_log(run_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("a line\n", encoding="utf-8")
    at = (utc_now() - ago).timestamp()
    os.utime(path, (at, at))
    return path


def add_admin(databases: Databases) -> None:
    long_ago = utc_now() - 2 * OLD
    born = {"created_at": long_ago, "password_changed_at": long_ago}
    with databases.control.write() as session:
        session.add(User(id=1, name="a", password_hash="x", role=ADMIN, **born))


def count(databases: Databases, table: object) -> int:
    plane = databases.control if isinstance(table, type) else databases.data
    with plane.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0  # type: ignore[arg-type]


def run_ids(databases: Databases) -> list[int]:
    with databases.control.read() as session:
        return list(session.scalars(select(Run.id).order_by(Run.id)))


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "ROWS_AT_ONCE", 7)
    monkeypatch.setattr(retention, "RUNS_AT_ONCE", 3)
    monkeypatch.setattr(retention, "ALERTS_AT_ONCE", 5)
    monkeypatch.setattr(retention, "PAUSE_S", 0)


@pytest.fixture(autouse=True)
def sources(databases: Databases) -> None:
    seed.prepared(load()).dispose()


def test_it_deletes_changes_that_are_older_than_400_days(databases: Databases) -> None:
    add_changes(databases, OLD, 20)
    add_changes(databases, NEW, 5)
    assert by_kind(survey(load(), databases, KARIMI))["changes"] == (25, 20)
    assert count(databases, row_changes) == 25, "to look deletes nothing"
    assert pruned(databases)["changes"] == 20
    assert count(databases, row_changes) == 5
    assert pruned(databases) == dict.fromkeys(KINDS, 0), "a second call finds nothing"


def test_it_goes_by_the_days_that_are_stored(databases: Databases) -> None:
    add_changes(databases, NEW, 5)
    keep(databases, keep_changes_days="5")
    assert pruned(databases)["changes"] == 5


def test_it_keeps_what_is_kept_for_ever(databases: Databases) -> None:
    add_changes(databases, 5_000 * DAY, 5)
    keep(databases, keep_changes_days="0")
    assert by_kind(survey(load(), databases, KARIMI))["changes"] == (5, 0)
    assert pruned(databases)["changes"] == 0


def test_it_keeps_the_rejects_that_somebody_has_still_to_decide_on(databases: Databases) -> None:
    open_, decided = 11, 12
    for run_id in (open_, decided):
        add_reject(databases, OLD, run_id)
    with databases.data.write() as session:
        unit = {"source": "students", "unit": "4041/1110", "rank": "1", "in_plan": True}
        session.execute(insert(unit_state), [{**unit, "status": "failed", "run_id": open_}])
    assert by_kind(survey(load(), databases, KARIMI))["rejects"] == (2, 1)
    assert pruned(databases)["rejects"] == 1
    with databases.data.read() as session:
        assert session.scalars(select(rejected_rows.c.run_id)).all() == [open_]


def test_it_deletes_logs_of_runs_and_no_other_file(databases: Databases) -> None:
    old, new = add_log(1, OLD), add_log(2, NEW)
    others = [load().log_folder / name for name in ("tick.log", "run-x.log", "errors.log")]
    for path in others:
        path.write_text("", encoding="utf-8")
        os.utime(path, (0, 0))
    assert pruned(databases)["logs"] == 1
    assert not old.exists()
    assert all(path.exists() for path in (new, *others))


def test_it_keeps_every_run_unless_told_otherwise(databases: Databases) -> None:
    for _ in range(30):
        seed.add_run(databases, "faculty", ago=OLD)
    assert pruned(databases)["runs"] == 0
    assert len(run_ids(databases)) == 30


def test_it_keeps_the_runs_that_prove_what_the_data_is(databases: Databases) -> None:
    cover = seed.add_run(databases, "students", ago=OLD, records=7)
    proof = seed.add_run(databases, "students", "failed", ago=OLD, error_class="network")
    success = seed.add_run(databases, "students", ago=OLD)
    gone = [seed.add_run(databases, "students", "failed", ago=OLD) for _ in range(8)]
    latest = [seed.add_run(databases, "students", "failed", ago=OLD) for _ in range(20)]
    active = seed.add_run(databases, "faculty", "running", ago=timedelta(minutes=1))
    with databases.data.write() as session:
        unit = {"source": "students", "unit": "4041/1110", "rank": "1", "in_plan": True}
        session.execute(insert(unit_state), [{**unit, "status": "failed", "run_id": proof}])
        outcome = {"unit_id": 1, "status": "failed", "duration_s": 1, "finished_at": utc_now()}
        session.execute(
            insert(unit_runs), [{**outcome, "run_id": run_id} for run_id in (proof, gone[0])]
        )
    with databases.control.write() as session:
        session.add(
            RunUnit(
                run_id=gone[0],
                unit="4041/1110",
                status="failed",
                duration_s=1,
                finished_at=utc_now(),
            )
        )
    keep(databases, keep_runs_days="100")

    assert by_kind(survey(load(), databases, KARIMI))["runs"] == (32, 8)
    assert pruned(databases)["runs"] == 8
    assert run_ids(databases) == [cover, proof, success, *latest, active]
    assert count(databases, RunUnit) == 0
    with databases.data.read() as session:
        assert session.scalars(select(unit_runs.c.run_id)).all() == [proof]


def test_it_deletes_nothing_that_an_active_run_has_written(databases: Databases) -> None:
    """Its end is proved by the rows that it marked."""
    active = seed.add_run(databases, "faculty", "running", ago=10 * DAY)
    add_changes(databases, 9 * DAY, 5, run_id=active)
    keep(databases, keep_changes_days="1")
    assert pruned(databases)["changes"] == 0


def test_it_does_not_believe_a_clock_that_ran_away(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed.add_run(databases, "faculty", ago=NEW)
    add_changes(databases, NEW, 5)
    ahead = utc_now() + 4_000 * DAY
    monkeypatch.setattr(retention, "utc_now", lambda: ahead)
    assert pruned(databases)["changes"] == 0


def test_it_deletes_ended_sessions_and_old_counts_of_tries(databases: Databases) -> None:
    now = utc_now()
    add_admin(databases)
    with databases.control.write() as session:
        for name, seen, until in (
            ("good", now, now + DAY),
            ("idle", now - timedelta(hours=2), now + DAY),
            ("over", now, now - DAY),
        ):
            session.add(
                WebSession(
                    token_hash=name, user_id=1, created_at=now, last_seen_at=seen, expires_at=until
                )
            )
        for name, at in (("then", now - DAY), ("now", now)):
            session.add(LoginTries(bucket=name, tries=3, last_at=at))
    gone = pruned(databases)
    assert (gone["sessions"], gone["tries"]) == (2, 1)
    with databases.control.read() as session:
        assert session.scalars(select(WebSession.token_hash)).all() == ["good"]
        assert session.scalars(select(LoginTries.bucket)).all() == ["now"]


def test_it_deletes_old_alerts_with_who_has_read_them(databases: Databases) -> None:
    add_admin(databases)
    for ago in [OLD] * 17 + [NEW] * 3:
        tell(databases, at=utc_now() - ago)
    with databases.control.write() as session:
        numbers = session.scalars(select(Alert.id)).all()
        session.add_all(AlertRead(user_id=1, alert_id=one, at=utc_now()) for one in numbers)
    assert by_kind(survey(load(), databases, KARIMI))["alerts"] == (20, 17)
    assert pruned(databases)["alerts"] == 17
    assert (count(databases, Alert), count(databases, AlertRead)) == (3, 3)
    keep(databases, keep_alerts_days="0")
    assert pruned(databases)["alerts"] == 0


def test_it_keeps_an_old_alert_that_is_still_on_its_way(databases: Databases) -> None:
    """Whoever sends it may be a moment away from its end."""
    add_channel(databases, "json://127.0.0.1:9/hook")
    for _ in OPEN + SETTLED:
        tell(databases, at=utc_now() - OLD)
    with databases.control.write() as session:
        for one, state in zip(all_deliveries(databases), OPEN + SETTLED, strict=True):
            session.merge(one).state = state
    assert pruned(databases)["alerts"] == len(SETTLED)
    assert [one.state for one in all_deliveries(databases)] == list(OPEN)


def test_it_never_touches_the_access_log_and_says_there_what_it_did(databases: Databases) -> None:
    add_changes(databases, OLD, 3)
    before = count(databases, AccessLog)
    pruned(databases)
    pruned(databases)
    with databases.control.read() as session:
        rows = session.execute(
            select(AccessLog.action, AccessLog.detail).order_by(AccessLog.id).offset(before)
        ).all()
    assert [tuple(row) for row in rows] == [("pruned", "3 changes")]


def test_it_lets_writers_in_between_its_steps(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer that asks while it deletes is done long before it ends."""
    monkeypatch.setattr(retention, "PAUSE_S", 0.02)
    add_changes(databases, OLD, 700)
    left_at: list[int] = []
    begun = Event()

    def write() -> None:
        begun.wait(30)
        with databases.data.write() as session:
            session.execute(update(row_changes).where(row_changes.c.id == 0).values(run_id=1))
            query = select(func.count()).select_from(row_changes)
            left_at.append(session.scalar(query) or 0)

    writer = Thread(target=write)
    writer.start()
    original = retention.queries.delete_rows

    def delete_and_tell(*given: object) -> None:
        original(*given)  # type: ignore[arg-type]
        begun.set()

    monkeypatch.setattr(retention.queries, "delete_rows", delete_and_tell)
    assert pruned(databases)["changes"] == 700
    writer.join(30)
    assert left_at, "the writer came through"
    assert left_at[0] > 0, "and before the end"
