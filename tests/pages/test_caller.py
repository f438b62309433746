"""Who calls the schedule, on its page: the truth of each caller, and the crontab's two buttons."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages._parts import caller_words
from sync_core.access.permissions import ADMIN, OPERATOR, VIEWER
from sync_core.base.clock import utc_now
from sync_core.base.i18n import _
from sync_core.base.settings import load
from sync_core.schedule import caller_state, crontab_differences
from sync_core.schedule.callers import CALLERS, CRON, SCHEDULER
from sync_core.schedule.crontab import crontab_block
from sync_core.store import schedules
from sync_core.store.engines import Databases
from tests.pages.screen import Open, confirmed, keys, words

FOREIGN = "MAILTO=me\n0 5 * * * /bin/true\n"
PROGRAM = """#!/bin/sh
case "$1" in
-l) cat {table} ;;
-) cat > {table} ;;
-r) : > {table} ;;
esac
"""


@pytest.fixture(autouse=True)
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The crontab of a program that stands in for the real one."""
    program, table = tmp_path / "bin" / "crontab", tmp_path / "table"
    program.parent.mkdir()
    program.write_text(PROGRAM.format(table=table))
    program.chmod(0o755)
    table.write_text(FOREIGN)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return table


def came(databases: Databases, caller: str, ago: timedelta) -> None:
    with databases.control.write() as session:
        for name in ("tick", caller):
            schedules.beat(session, name, at=utc_now() - ago, host="saba.example")


def asked_and_done(app: AppTest, opener: str, button: str) -> AppTest:
    app.button(key=opener).click().run()
    return confirmed(app, opener, button)


def codes(app: AppTest) -> str:
    return "\n".join(found.value for found in app.code)


def test_it_installs_and_removes_after_it_was_asked(open_page: Open, table: Path) -> None:
    block = crontab_block(load())
    app = open_page("schedule")
    assert _("Not installed.") in words(app)
    assert "remove_crontab" not in keys(app)
    app.button(key="install_crontab").click().run()
    assert table.read_text() == FOREIGN

    confirmed(app, "install_crontab", "dialog_install")
    assert table.read_text() == block + FOREIGN
    app = open_page("schedule")
    assert _("Installed, and as it should be.") in words(app)
    assert "install_crontab" not in keys(app)

    asked_and_done(app, "remove_crontab", "dialog_remove")
    assert table.read_text() == FOREIGN


def test_it_says_in_words_how_the_installed_block_differs(open_page: Open, table: Path) -> None:
    table.write_text(crontab_block(load()).replace("* * * * *", "*/5 * * * *") + FOREIGN)
    app = open_page("schedule")
    assert _("It comes at other times.") in words(app).replace("\\", "")
    assert "- */5 * * * *\n+ * * * * *" in codes(app)
    asked_and_done(app, "install_crontab", "dialog_install")
    assert table.read_text() == crontab_block(load()) + FOREIGN


def test_it_says_why_a_crontab_cannot_be_changed(
    open_page: Open, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page("schedule")
    program = table.parent / "bin" / "crontab"
    program.write_text(f'#!/bin/sh\n[ "$1" = -l ] && cat {table} || exit 1\n')
    app = asked_and_done(app, "install_crontab", "dialog_install")
    assert "refused" in codes(app)
    assert table.read_text() == FOREIGN

    monkeypatch.setenv("PATH", "/nowhere")
    app = open_page("schedule")
    assert "There is no program `crontab`" in codes(app)
    assert not {"install_crontab", "remove_crontab"} & keys(app)


@pytest.mark.parametrize("role", [VIEWER, OPERATOR])
def test_it_shows_the_truth_to_all_and_the_files_to_administrators(
    open_page: Open, role: str
) -> None:
    app = open_page("schedule", role)
    assert _("Not installed.") in words(app)
    assert "BEGIN hamgam" not in codes(app)
    assert "/download/caller" not in words(app)
    buttons = {"install_crontab", "remove_crontab", "write_systemd", "write_windows"}
    assert not buttons & keys(app)

    app = open_page("schedule", ADMIN)
    assert "BEGIN hamgam" in codes(app)
    assert "KillMode=process" in codes(app)
    assert "MultipleInstancesPolicy" in codes(app)
    assert words(app).count("/download/caller?") == 4


def test_it_says_who_called_and_who_is_silent(
    open_page: Open, databases: Databases, table: Path
) -> None:
    table.write_text(crontab_block(load()))
    came(databases, CRON, timedelta(hours=2))
    came(databases, SCHEDULER, timedelta(seconds=20))
    shown = words(open_page("schedule")).replace("\\", "")
    assert _("The built-in scheduler") in shown
    assert "saba.example" in shown
    assert _("It is running.") in shown
    assert _("It is installed, but silent since then. See whether it still runs.") in shown


def test_it_writes_the_files_and_says_the_commands(open_page: Open) -> None:
    app = open_page("schedule")
    app.button(key="write_systemd").click()
    app.run()
    assert len(list((load().home / "systemd" / "system").iterdir())) == 2
    assert "systemctl enable --now hamgam-tick-" in codes(app)
    app.segmented_control(key="systemd_scope").set_value("systemd-user").run()
    assert "systemctl --user enable --now hamgam-tick-" in codes(app)
    assert 'schtasks /Create /TN "Hamgam tick ' in codes(app)


def test_it_has_a_word_for_everything_that_can_be() -> None:
    assert set(caller_words.CALLERS) == set(CALLERS)
    states = {"absent", "different", "installed", "unknown"}
    assert set(caller_words.STATES) == set(caller_words.ICONS) == states
    names = {"PAUSED", "TIMES", "MORE", "COMMAND", "FOLDER", "PROGRAM", "LOCK", "LOG"}
    parts = {getattr(crontab_differences, name) for name in names}
    assert set(caller_words.PARTS) == parts | {caller_state.DISABLED, caller_state.INCOMPLETE}
    assert "HAMGAM_HOME" in caller_words.part_word(caller_state.Part("HAMGAM_HOME"))
