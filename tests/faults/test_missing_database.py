"""SQLite databases that are missing, empty or something else: no new one is made in silence.

Whatever would make one says that it is gone; the one that is put back is used as if nothing was.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from pages import _session
from sync_core.access import matrix
from sync_core.access.permissions import ADMIN, Actor, command_line_actor
from sync_core.cli.main import main
from sync_core.runs.start import start_run
from tests.faults.scene import CONTROL, DATA, Scene, companions, moved_away
from tests.runs.installation import wait_until

pytestmark = pytest.mark.slow

ROUTER = Path(__file__).resolve().parents[2] / "pages" / "_router.py"


def missing(file: Path) -> None:
    file.unlink()


def zero_bytes(file: Path) -> None:
    os.truncate(file, 0)


def no_database(file: Path) -> None:
    file.write_bytes(b"no database, whatever its name says " * 2_000)


SENTENCES: dict[Callable[[Path], None], str] = {
    missing: "is not there, though 1 run is on record",
    zero_bytes: "is empty, though 1 run is on record",
    no_database: "not a whole SQLite database",
}


def content(file: Path) -> bytes | None:
    return file.read_bytes() if file.exists() else None


@pytest.mark.parametrize("plane", [CONTROL, DATA])
@pytest.mark.parametrize("damage", SENTENCES, ids=lambda damage: damage.__name__)
def test_it_touches_nothing_when_a_database_is(
    scene: Scene, damage: Callable[[Path], None], plane: str
) -> None:
    scene.let_go()
    file = scene.files[plane]
    good = file.read_bytes()
    damage(file)
    damaged = content(file)

    for command in (["sync", "faculty"], ["start", "faculty"], ["init"]):
        scene.assert_refused(scene.command(*command), "database", SENTENCES[damage])
        assert content(file) == damaged
        assert companions(file) in ([], [file])
    file.write_bytes(good)
    scene.assert_recovers()


@pytest.mark.parametrize("damage", [missing, zero_bytes], ids=lambda damage: damage.__name__)
@pytest.mark.parametrize("plane", [CONTROL, DATA])
def test_it_says_at_a_look_that_a_database_is(
    scene: Scene, damage: Callable[[Path], None], plane: str
) -> None:
    scene.let_go()
    damage(scene.files[plane])

    found = {each["name"]: each["detail"] for each in scene.findings()}

    assert SENTENCES[damage] in found[f"{plane} database"]


def test_it_leaves_a_failed_run_when_nobody_watches_the_start(scene: Scene) -> None:
    """As `tick` and the dashboard start it."""
    scene.let_go()
    good = scene.data.read_bytes()
    missing(scene.data)

    settings, databases = scene.here.settings, scene.here.databases
    run_id = start_run(settings, databases, "faculty", actor=command_line_actor())
    wait_until(lambda: scene.newest_run()["finished_at"], "the run's end")

    row = scene.newest_run()
    assert (row["id"], row["status"], row["error_class"]) == (run_id, "failed", "database")
    scene.assert_sentence(row["error_message"], f"The data database {scene.data} is not there")
    assert companions(scene.data) == []
    scene.data.write_bytes(good)
    scene.assert_recovers()


@pytest.mark.parametrize("plane", [CONTROL, DATA])
def test_it_serves_no_dashboard_when_a_database_is_missing(scene: Scene, plane: str) -> None:
    scene.let_go()
    missing(scene.files[plane])

    assert main(["serve"]) == 1
    assert companions(scene.files[plane]) == []


def test_it_goes_on_without_the_data_database_until_it_must_write(scene: Scene) -> None:
    """What ends and shows runs needs it not, and does not make it either."""
    scene.let_go()
    missing(scene.data)

    assert scene.command("tick").code == scene.command("status").code == 0
    assert companions(scene.data) == []


@pytest.mark.parametrize("plane", [CONTROL, DATA])
def test_it_makes_a_lost_database_anew_when_it_is_told_to(scene: Scene, plane: str) -> None:
    scene.let_go()
    missing(scene.files[plane])

    assert scene.command("init", "--anew").code == 0
    scene.assert_recovers()
    made = scene.here.rows(
        "SELECT target FROM access_logs WHERE action = 'database.made_anew'", control=True
    )
    assert made == [{"target": plane}]


@pytest.fixture
def open_page(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], AppTest]]:
    """Any page, for an administrator."""

    def open_(name: str) -> AppTest:
        st.cache_data.clear()
        app = AppTest.from_file(str(ROUTER), default_timeout=30)
        app.query_params["id"] = "1"
        app.switch_page(f"{name}.py")
        return app.run()

    monkeypatch.setattr(_session, "_find_actor", lambda *, seen: Actor("example", ADMIN, 1))
    st.cache_resource.clear()
    yield open_
    st.cache_data.clear()
    st.cache_resource.clear()


WITHOUT_DATA = {"runs", "schedule", "settings", "users", "audit", "account", "inbox"}
"""Pages that show nothing of the data database; all go by settings of the control database."""


@pytest.mark.parametrize("page", matrix.PAGES)
@pytest.mark.parametrize("plane", [CONTROL, DATA])
def test_it_says_in_persian_that_a_database_is_gone_and_shows_the_page_again(
    scene: Scene, open_page: Callable[[str], AppTest], plane: str, page: str
) -> None:
    assert not open_page(page).error
    scene.let_go()
    with moved_away(scene.files[plane]):
        shown = open_page(page)
        left = companions(scene.files[plane])

    told = ["پایگاه داده" in each.value for each in shown.error]
    assert told == ([] if plane == DATA and page in WITHOUT_DATA else [True])
    assert not shown.exception
    assert left == []
    assert not open_page(page).error
