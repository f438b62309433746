"""Full and read-only disks, for each database and for the logs. What was stored stays as it was."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.invariants import check_processes
from tests.engine.gateway_process import GatewayProcess
from tests.faults.scene import CONTROL, DATA, Files, Scene, end_of
from tests.faults.small_disk import SmallDisk, small_disk

pytestmark = pytest.mark.slow

MEGABYTES = 6
URLS = {CONTROL: "HAMGAM_DATABASE_URL", DATA: "HAMGAM_DATA_URL"}
HOME = "home"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", MEGABYTES) as disk:
        yield disk


@pytest.fixture
def scene(
    request: pytest.FixtureRequest,
    one_gateway: GatewayProcess,
    after_a_run: Files,
    disk: SmallDisk,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Scene]:
    """What the test names as its parameter lies on the small disk."""
    place = request.param
    small = {URLS[place]: f"sqlite:///{disk.folder / 'small.db'}"} if place in URLS else {}
    home = {"HAMGAM_HOME": str(disk.folder / "home")} if place == HOME else {}
    scene = Scene(one_gateway, monkeypatch, capsys, {**small, **home})
    scene.begin_with(after_a_run)
    yield scene
    scene.let_go()
    one_gateway.reset()


on = pytest.mark.parametrize


@on("scene", [DATA], indirect=True)
@on("leaving", [0, 100_000])
def test_it_changes_nothing_when_the_disk_of_the_data_is_full(
    scene: Scene, disk: SmallDisk, leaving: int
) -> None:
    before = scene.stored()
    scene.let_go()
    disk.fill(leaving)

    told = scene.sync()

    scene.assert_refused(told, "disk", "full")
    scene.assert_none_active()
    assert (scene.newest_run()["error_class"] == "disk") == (leaving > 0)  # or nothing was begun
    disk.free()
    assert scene.stored() == before
    scene.assert_recovers()


@on("scene", [DATA], indirect=True)
def test_it_changes_nothing_when_the_disk_of_the_data_fills_up_in_mid_run(
    scene: Scene, disk: SmallDisk
) -> None:
    before = scene.stored()
    with scene.planned_run() as run:
        disk.fill()
        scene.answer()
        told = end_of(run)

    scene.assert_refused(told, "disk", "full")
    scene.assert_none_active()
    disk.free()
    assert scene.stored() == before
    scene.assert_recovers()


@on("scene", [CONTROL], indirect=True)
def test_it_begins_nothing_when_the_disk_of_the_runs_is_full(scene: Scene, disk: SmallDisk) -> None:
    before = scene.stored()
    scene.let_go()
    disk.fill()

    told = scene.sync()

    scene.assert_refused(told, "disk", "full")
    disk.free()
    scene.assert_none_active()
    assert scene.stored() == before
    scene.assert_recovers()


@on("scene", [CONTROL], indirect=True)
def test_it_is_reaped_when_the_disk_of_the_runs_filled_up_in_mid_run(
    scene: Scene, disk: SmallDisk
) -> None:
    for name, value in {"LEASE_S": "5", "HEARTBEAT_S": "0.2"}.items():
        scene.set(f"HAMGAM_{name}", value)
    before = scene.stored()
    with scene.planned_run() as run:
        disk.fill()
        assert end_of(run).code == 1
        disk.free()
        check_processes(scene.newest_run())

    assert scene.command("tick").code == 0
    scene.assert_none_active()
    assert scene.stored() == before
    scene.assert_recovers()


@on("scene", [HOME], indirect=True)
@on("full", ["of bytes", "of files"])
def test_it_goes_on_when_the_disk_of_the_logs_is(scene: Scene, disk: SmallDisk, full: str) -> None:
    """To a log that is there nothing can be added; or it cannot so much as be made."""
    scene.here.settings.log_folder.mkdir(parents=True)
    if full == "of bytes":
        disk.fill()
    else:
        disk.take_all_names()

    scene.assert_recovers()


@on("scene", [DATA, CONTROL], indirect=True)
def test_it_changes_nothing_when_the_disk_is_read_only(scene: Scene, disk: SmallDisk) -> None:
    before = scene.stored()
    scene.let_go()
    with disk.read_only():
        told = scene.sync()
        scene.let_go()

    scene.assert_refused(told, "database", "cannot be")
    scene.assert_none_active()
    assert scene.stored() == before
    scene.assert_recovers()
