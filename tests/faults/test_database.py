"""SQLite databases that are locked, broken, moved under a run, restored, or read for long.

The run says so, its rows stay, and the next one succeeds without anybody's help.
"""

import time
from pathlib import Path

import pytest
from sqlalchemy import text

from sync_core.store import sqlite
from tests.crash.invariants import check_processes
from tests.faults.scene import (
    CONTROL,
    DATA,
    Scene,
    companions,
    end_of,
    locked,
    moved_away,
)

pytestmark = pytest.mark.slow

PATIENCE_S = "0.5"
PAGE, LEAF_OF_TABLE = 4096, 0x0D


def pass_by(seconds: float) -> None:
    """The fault itself lasts that long; nobody is waited for."""
    time.sleep(seconds)


def test_it_waits_while_another_program_writes_for_three_seconds(scene: Scene) -> None:
    with scene.planned_run() as run:
        with locked(scene.data):
            scene.answer()
            pass_by(3)
        told = end_of(run)

    assert (told.code, told.error_class) == (0, None)
    assert scene.stored() == scene.expected()


def test_it_fails_when_the_data_database_stays_locked_and_then_recovers(scene: Scene) -> None:
    scene.set("HAMGAM_BUSY_TIMEOUT_S", PATIENCE_S)
    before = scene.stored()
    with locked(scene.data):
        told = scene.sync()

    scene.assert_refused(told, "database", "locked by another program")
    scene.assert_none_active()
    assert scene.stored() == before
    scene.assert_recovers()


def test_it_fails_when_it_is_locked_out_in_mid_run_and_then_recovers(scene: Scene) -> None:
    scene.set("HAMGAM_BUSY_TIMEOUT_S", PATIENCE_S)
    before = scene.stored()
    with scene.planned_run() as run, locked(scene.data):
        scene.answer()
        told = end_of(run)

    scene.assert_refused(told, "database", "locked by another program")
    scene.assert_none_active()
    assert scene.stored() == before
    scene.assert_recovers()


def test_it_leaves_no_process_when_the_control_database_is_locked_beyond_the_lease(
    scene: Scene,
) -> None:
    for name, value in {"LEASE_S": "5", "HEARTBEAT_S": "0.2", "BUSY_TIMEOUT_S": "0.2"}.items():
        scene.set(f"HAMGAM_{name}", value)
    before = scene.stored()
    with scene.planned_run() as run, locked(scene.control):
        assert end_of(run).code == 1
        check_processes(scene.newest_run())

    assert scene.command("tick").code == 0
    scene.assert_none_active()
    assert scene.stored() == before
    scene.assert_recovers()


@pytest.mark.soak
@pytest.mark.parametrize("plane", [CONTROL, DATA])
def test_it_recovers_when_a_database_was_locked_for_two_minutes(scene: Scene, plane: str) -> None:
    """With the defaults. Who cannot say that a run is done has merged its rows all the same."""
    right = {CONTROL: scene.expected(), DATA: scene.stored()}[plane]
    with scene.planned_run() as run, locked(scene.files[plane]):
        scene.answer()
        pass_by(120)
        assert end_of(run).code == 1

    assert scene.command("tick").code == 0
    scene.assert_none_active()
    assert scene.newest_run()["error_class"] in {"database", "crashed"}
    assert scene.stored() == right
    scene.assert_recovers()


def test_it_fails_when_a_page_in_the_middle_is_broken_and_changes_no_row(scene: Scene) -> None:
    scene.let_go()
    good = scene.data.read_bytes()
    numbers = leaves_of(good, [code.encode() for code in scene.expected()])
    broken = bytearray(good)
    for number in numbers[len(numbers) // 2 :]:
        broken[number * PAGE : (number + 1) * PAGE] = b"\xa5" * PAGE
    scene.data.write_bytes(broken)

    told = scene.sync()

    scene.assert_refused(told, "database", "not a whole SQLite database")
    scene.assert_none_active()
    scene.let_go()
    after = scene.data.read_bytes()
    assert pages(after, numbers) == pages(bytes(broken), numbers)
    scene.data.write_bytes(good)
    scene.assert_recovers()


def leaves_of(content: bytes, codes: list[bytes]) -> list[int]:
    """Which pages of a SQLite file hold rows of these people."""
    return [
        number
        for number in range(len(content) // PAGE)
        if content[number * PAGE] == LEAF_OF_TABLE
        and any(code in content[number * PAGE : (number + 1) * PAGE] for code in codes)
    ]


def pages(content: bytes, numbers: list[int]) -> list[bytes]:
    return [content[number * PAGE : (number + 1) * PAGE] for number in numbers]


def test_it_fails_when_the_data_database_vanishes_before_the_merge(scene: Scene) -> None:
    before = scene.stored()
    with scene.planned_run() as run, moved_away(scene.data):
        scene.answer()
        told = end_of(run)
        left = companions(scene.data)

    scene.assert_refused(told, "database", f"The data database {scene.data} is not there")
    assert left == []
    scene.assert_none_active()
    assert scene.stored() == before
    scene.assert_recovers()


def test_it_is_reaped_when_the_control_database_vanished_in_mid_run(scene: Scene) -> None:
    for name, value in {"LEASE_S": "5", "HEARTBEAT_S": "0.2"}.items():
        scene.set(f"HAMGAM_{name}", value)
    with scene.planned_run() as run:
        row = scene.newest_run()
        with moved_away(scene.control):
            assert end_of(run).code == 1
            check_processes(row)
            left = companions(scene.control)

    assert left == []
    assert scene.command("tick").code == 0
    scene.assert_none_active()
    scene.assert_recovers()


@pytest.mark.parametrize("plane", [CONTROL, DATA])
def test_it_succeeds_when_a_database_was_restored_from_yesterday(scene: Scene, plane: str) -> None:
    scene.let_go()
    yesterday = scene.files[plane].read_bytes()
    scene.assert_recovers()
    newest = scene.newest_run()["id"]
    scene.change_people()
    scene.let_go()
    scene.files[plane].write_bytes(yesterday)

    scene.assert_recovers()

    assert scene.newest_run()["id"] > newest


def test_it_goes_on_with_the_file_that_took_the_place_of_another(scene: Scene) -> None:
    """A dashboard that runs on must not look at a file that has no name any more."""
    yesterday = scene.stored()
    scene.let_go()
    copy = scene.data.with_name("yesterday.db")
    copy.write_bytes(scene.data.read_bytes())
    scene.assert_recovers()
    assert scene.stored() != yesterday
    for path in companions(scene.data):
        path.unlink()
    copy.rename(scene.data)

    assert scene.stored() == yesterday


def test_it_gives_the_log_back_when_a_long_reader_has_gone(scene: Scene) -> None:
    log = Path(f"{scene.data}-wal")
    before = scene.stored()
    with scene.here.databases.data.read() as reader:
        assert reader.scalar(text("SELECT count(*) FROM faculty")) == len(before)
        grow(scene)
        assert scene.sync().code == 0
        assert reader.scalar(text("SELECT count(*) FROM faculty")) == len(before)
        assert log.stat().st_size > 2 * sqlite.LONGEST_LOG_BYTES

    for _ in range(2):  # the first one finds all of it checkpointed, and begins anew
        with scene.here.databases.data.write() as session:
            session.execute(text("UPDATE source_fence SET epoch = epoch + 1"))

    assert log.stat().st_size <= sqlite.LONGEST_LOG_BYTES
    scene.assert_recovers()


def grow(scene: Scene) -> None:
    """Writes, and takes out again, more than a log is to hold."""
    size = 2 * sqlite.LONGEST_LOG_BYTES
    with scene.here.databases.data.write() as session:
        session.execute(text("CREATE TABLE much (bytes BLOB)"))
        session.execute(text(f"INSERT INTO much VALUES (zeroblob({size}))"))
    with scene.here.databases.data.write() as session:
        session.execute(text("DROP TABLE much"))
