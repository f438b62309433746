"""The units of systemd: as systemd itself reads them, whatever stands in a path."""

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from sync_core.access.permissions import command_line_actor
from sync_core.base.errors import ConfigError
from sync_core.base.settings import Settings, load
from sync_core.schedule import systemd_installed, systemd_units
from sync_core.schedule.caller_files import write_caller_files
from sync_core.schedule.caller_state import caller_state
from sync_core.schedule.systemd_units import SYSTEM, USER, install_commands, remove_commands
from sync_core.schedule.systemd_units import systemd_units as units

US = command_line_actor()
HARD = [
    *("two words", "50%", "%h%%n", "end ", "$HOME", "$(touch x)"),
    *("`id`", ";touch x", "#", "پوشهٔ همگام", "😀", "=", "-n"),
]
HARDER = ["it's", '"', "a\\b", "\\n", "end\\"]
"""Which systemd takes anywhere but in the path of a program."""
needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd is not here"
)


def settings_in(home: Path) -> Settings:
    return replace(
        load(), home=home, database_url=f"sqlite:///{home}/c.db", data_url=f"sqlite:///{home}/d.db"
    )


def lines_of(settings: Settings, scope: str = SYSTEM) -> list[str]:
    return units(settings, scope, {})[f"{name_of(settings)}.service"].splitlines()


def name_of(settings: Settings) -> str:
    return systemd_units.unit_name(settings)


def value(lines: list[str], key: str) -> list[str]:
    return [line.partition("=")[2] for line in lines if line.startswith(f"{key}=")]


def unescaped(word: str) -> str:
    """What systemd makes of a word in double quotes."""
    assert word[0] == word[-1] == '"'
    inner = word[1:-1].replace("%%", "\0").replace("\\\\", "\1").replace('\\"', '"')
    assert "%" not in inner
    assert "\\" not in inner
    return inner.replace("\0", "%").replace("\1", "\\")


@pytest.fixture
def hard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Path:
    """Project, home and, where systemd takes that, the interpreter, all in folders of that name."""
    folder = tmp_path / str(request.param)
    folder.mkdir()
    program = (tmp_path if request.param in HARDER else folder) / "python"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setattr(systemd_units, "project_root", lambda: folder)
    monkeypatch.setattr(sys, "executable", str(program))
    return folder


@needs_systemd
@pytest.mark.parametrize("hard", HARD + HARDER, indirect=True)
def test_systemd_takes_the_units_and_finds_the_program(hard: Path) -> None:
    """It complains of a program that is not there, so it has read the path as it was meant."""
    files = write_caller_files(settings_in(hard / "home"), US, "systemd")
    done = verified(files)
    assert (done.returncode, done.stderr) == (0, b"")


@needs_systemd
def test_systemd_would_have_complained_of_another_program(tmp_path: Path) -> None:
    files = write_caller_files(settings_in(tmp_path), US, "systemd")
    service = files[0]
    service.write_text(service.read_text().replace(sys.executable, f"{sys.executable}%%"))
    assert b"is not executable" in verified(files).stderr


def verified(files: list[Path]) -> "subprocess.CompletedProcess[bytes]":
    program = shutil.which("systemd-analyze")
    assert program is not None
    return subprocess.run([program, "verify", "--man=no", *files], capture_output=True, check=False)


@pytest.mark.parametrize("hard", HARD + HARDER, indirect=True)
def test_it_carries_the_places_as_they_are(hard: Path) -> None:
    home = hard / "home"
    lines = lines_of(settings_in(home))
    told = [unescaped(word) for word in value(lines, "Environment")]
    assert told == [
        f"HAMGAM_HOME={home}",
        f"HAMGAM_DATABASE_URL=sqlite:///{home}/c.db",
        f"HAMGAM_DATA_URL=sqlite:///{home}/d.db",
    ]
    (folder,) = value(lines, "WorkingDirectory")
    assert Path(folder.replace("%%", "%")) == hard
    assert not folder.endswith(("\\", " "))
    (program,) = value(lines, "ExecStart")
    word, rest = program.rsplit('"', 1)
    assert unescaped(f'{word}"') == sys.executable
    assert rest == " -m sync_core tick --caller systemd"


@pytest.mark.parametrize("bad", ["\n", "\r", "\t", "\x1b", "\u2028", "\udcff"], ids=ascii)
@pytest.mark.parametrize("place", ["home", "root", "python", "database", "variable"])
def test_it_refuses_what_would_be_a_second_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, bad: str
) -> None:
    word = f"/a{bad}ExecStartPre=/bin/touch x"
    chosen = settings_in(Path(word) if place == "home" else tmp_path)
    environ = {"HAMGAM_X" + bad: "1"} if place == "variable" else {}
    if place == "root":
        monkeypatch.setattr(systemd_units, "project_root", lambda: word)
    elif place == "python":
        monkeypatch.setattr(sys, "executable", word)
    elif place == "database":
        chosen = replace(chosen, data_url=f"sqlite:///{word}")
    with pytest.raises(ConfigError, match="cannot stand in a systemd unit"):
        units(chosen, SYSTEM, environ)


@pytest.mark.parametrize(
    "name", ["/a${HOME}/python", "/a$$b/python", *map("/{}/python".format, HARDER)]
)
def test_it_refuses_a_program_whose_name_systemd_would_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(sys, "executable", name)
    with pytest.raises(ConfigError, match="a quote, a backslash or what systemd would"):
        units(settings_in(tmp_path), SYSTEM, {})


def test_it_lets_what_a_tick_starts_live_on(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    lines = lines_of(settings)
    assert (value(lines, "Type"), value(lines, "KillMode")) == (["oneshot"], ["process"])
    timer = units(settings, SYSTEM, {})[f"{name_of(settings)}.timer"].splitlines()
    assert value(timer, "OnCalendar") == ["*-*-* *:*:00"]
    assert value(timer, "AccuracySec") == ["1s"]
    assert value(timer, "Unit") == [f"{name_of(settings)}.service"]


def test_it_names_an_account_only_in_a_unit_of_the_machine(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    assert value(lines_of(settings, SYSTEM), "User") == [systemd_units.user_name()]
    assert value(lines_of(settings, USER), "User") == []
    last = install_commands(settings, USER, tmp_path)[-1]
    assert last == ["loginctl", "enable-linger", systemd_units.user_name()]
    assert not [words for words in remove_commands(settings, SYSTEM) if "--user" in words]


def test_it_shows_no_secret_and_names_what_is_missing(tmp_path: Path) -> None:
    secret = "postgresql+psycopg://hamgam:s3cret@db/control"
    settings = replace(settings_in(tmp_path), database_url=secret)
    environ = {"HAMGAM_DATABASE_URL": secret, "HAMGAM_GATEWAY_PASSWORD": "s3cret"}
    text = "".join(units(settings, SYSTEM, environ).values())
    assert "s3cret" not in text
    assert "unknown to systemd: HAMGAM_DATABASE_URL, HAMGAM_GATEWAY_PASSWORD." in text


def test_two_installations_have_units_of_different_names(tmp_path: Path) -> None:
    ours, theirs = (set(units(settings_in(tmp_path / home), SYSTEM, {})) for home in "ab")
    assert not ours & theirs


def test_it_says_whether_the_installed_units_are_the_wanted_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, folder = settings_in(tmp_path), tmp_path / "installed"
    monkeypatch.setattr(systemd_installed, "unit_folder", lambda _scope: folder)

    def seen() -> tuple[str, list[str]]:
        state = caller_state(settings, US, "systemd")
        return state.state, [part.name for part in state.differing]

    assert seen() == ("absent", [])
    service, timer = write_caller_files(settings, US, "systemd")
    wants = folder / "timers.target.wants"
    wants.mkdir(parents=True)
    shutil.copy(service, folder)
    assert seen() == ("different", ["incomplete", "disabled"])
    shutil.copy(timer, folder)
    assert seen() == ("different", ["disabled"])
    (wants / timer.name).symlink_to(folder / timer.name)
    assert seen() == ("installed", [])
    changed = folder / service.name
    changed.write_text(changed.read_text() + "# a remark\n")
    assert seen() == ("installed", [])
    changed.write_text(changed.read_text().replace("KillMode=process\n", ""))
    assert seen() == ("different", [service.name])
