"""What is written for cron: one line and one command, whatever stands in a path."""

import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync_core.access.permissions import command_line_actor
from sync_core.base.errors import ConfigError
from sync_core.base.settings import Settings, load
from sync_core.cli.main import main
from sync_core.schedule import crontab
from sync_core.schedule.crontab import LONGEST_COMMAND, crontab_block, write_crontab_file
from tests.runs.installation import ROOT, wait_until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="cron is not on Windows")

NASTY = [
    *("two words", " ", "50%", "%%", "100\\%", "\\", "\\\\", "\\\\%x", "a\\b\\\\c\\"),
    *("it's", '"', "'\"'", "''", "$(touch made)", "`touch made`", "${HOME}", "$'\\n'"),
    *(";touch made;", "&& touch made", "| touch made", "> made", "< made", "&", "(", "!!"),
    *("#", "*", "~", "-n", "=", "HAMGAM_HOME=x", "@reboot", "* * * * *", "a\u200cb", "پوشهٔ همگام"),
    *("😀", "é", "\u00a0", "\u202e", "{a,b}", "[a-z]?", "a\\%b%c\\\\%d"),
]
REFUSED = [
    "\n",
    "\r",
    "\t",
    "\x00",
    "\x07",
    "\x1b[2J",
    "\x7f",
    "\x85",
    "\u2028",
    "\u2029",
    "\udcff",
]
MARKER = """#!/bin/sh
printf '%s\\n' "$PWD" "$HAMGAM_HOME" "$HAMGAM_DATABASE_URL" "$HAMGAM_DATA_URL" "$@"
"""
HELD_UP = """
import os, sys
from pathlib import Path
from sync_core.access.permissions import command_line_actor
from sync_core.base.settings import load
from sync_core.schedule.crontab import write_crontab_file

def wait(*_: object) -> None:
    sys.stdout.write("written\\n")
    sys.stdout.flush()
    sys.stdin.read()

if len(sys.argv) > 1:
    Path.replace = wait
write_crontab_file(load(), command_line_actor())
"""


def vixie(command: str) -> tuple[str, str]:
    """What the shell gets, and its standard input, as cron of Debian and the BSDs has it."""
    return _read_command(command, "%\\")


def cronie(command: str) -> tuple[str, str]:
    """The same with cron of Fedora, SUSE and Arch: only `%` can be escaped."""
    return _read_command(command, "%")


def _read_command(command: str, escapable: str) -> tuple[str, str]:
    kept, escaped = "", False
    for place, letter in enumerate(command):
        if escaped:
            kept = kept[:-1] + letter if letter in escapable else kept + letter
            escaped = False
        elif letter == "%":
            return kept, command[place + 1 :].replace("%", "\n")
        else:
            kept, escaped = kept + letter, letter == "\\"
    return kept, ""


CRONS: list[Callable[[str], tuple[str, str]]] = [vixie, cronie]


def line_of(block: str) -> str:
    (line,) = [line for line in block.split("\n") if line and not line.startswith("#")]
    assert line.startswith("* * * * * ")
    return line.removeprefix("* * * * * ")


def settings_in(home: Path) -> Settings:
    control, data = f"sqlite:///{home}/c.db", f"sqlite:///{home}/d.db"
    return replace(load(), home=home, database_url=control, data_url=data)


def program_in(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "python"
    program.write_text(MARKER)
    program.chmod(0o755)
    return program


@pytest.mark.parametrize("cron", CRONS, ids=lambda cron: cron.__name__)
@pytest.mark.parametrize("name", NASTY)
def test_it_runs_its_program_and_nothing_else_whatever_the_paths_are(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    cron: Callable[[str], tuple[str, str]],
) -> None:
    root, home = tmp_path / f"root{name}", tmp_path / f"home{name}"
    program = program_in(tmp_path / f"venv{name}")
    for folder in (root, home):
        folder.mkdir()
    monkeypatch.setattr(crontab, "project_root", lambda: root)
    monkeypatch.setattr(sys, "executable", str(program))

    block = write_crontab_file(settings_in(home), command_line_actor()).read_text(encoding="utf-8")
    shell, typed = cron(line_of(block))
    empty = ["/usr/bin/env", "-i", "PATH=/usr/bin:/bin", "sh", "-c", shell]
    subprocess.run(empty, input=typed.encode(), check=True, timeout=30, cwd=tmp_path)

    said = (home / "logs" / "tick.log").read_text(encoding="utf-8").splitlines()
    places = [str(root), str(home), f"sqlite:///{home}/c.db", f"sqlite:///{home}/d.db"]
    assert said == [*places, "-m", "sync_core", "tick", "--caller", "cron"]
    assert typed == ""
    assert not list(tmp_path.rglob("made"))
    assert sorted(path.name for path in home.iterdir()) == ["crontab", "logs", "tick.lock"]


@given(name=st.text("\\%'\"$`; a\u200cپ", max_size=12))
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
def test_it_means_the_same_to_every_cron(name: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "executable", f"/opt/{name}/python")
        line = line_of(crontab_block(settings_in(Path(f"/srv/{name}x"))))
    for cron in CRONS:
        shell, typed = cron(line)
        words = shlex.split(shell)
        assert typed == ""
        assert f"/opt/{name}/python" in words
        assert f"HAMGAM_HOME=/srv/{name}x" in words
        assert f"/srv/{name}x/logs/tick.log" in words


@pytest.mark.parametrize("place", ["home", "root", "python", "database", "variable"])
@pytest.mark.parametrize("bad", REFUSED, ids=ascii)
def test_it_refuses_what_would_end_the_line_or_is_no_text(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: str, bad: str
) -> None:
    word = f"/a{bad}* * * * * touch made"
    chosen = settings_in(Path(word) if place == "home" and bad != "\x00" else tmp_path)
    environ = {"HAMGAM_X" + bad: "1"} if place == "variable" else {}
    if place == "root":
        monkeypatch.setattr(crontab, "project_root", lambda: word)
    elif place == "python":
        monkeypatch.setattr(sys, "executable", word)
    elif place == "database" or bad == "\x00":
        chosen = replace(chosen, data_url=f"sqlite:///{word}")

    with pytest.raises(ConfigError, match="cannot stand in a crontab"):
        crontab_block(chosen, environ)


def test_it_refuses_paths_too_long_for_cron(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="too long for cron"):
        crontab_block(settings_in(tmp_path / ("پ" * 90)))
    assert len(line_of(crontab_block(settings_in(tmp_path))).encode()) <= LONGEST_COMMAND


@pytest.mark.parametrize(
    "address",
    [
        "postgresql+psycopg://me:s3cret-canary@host/db",
        "postgresql+psycopg://me@host/db?password=s3cret-canary",
        "postgresql+psycopg://me@host/db?sslpassword=s3cret-canary",
        "postgresql+psycopg://me:s3cret-canary@[::1/db",
    ],
)
def test_it_carries_no_address_with_a_password(tmp_path: Path, address: str) -> None:
    chosen = replace(settings_in(tmp_path), data_url=address)
    assert "s3cret-canary" not in crontab_block(chosen, {"HAMGAM_DATA_URL": address})


def test_it_leaves_everybodys_crontab_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing but `schedule install` and `schedule remove` touches the table, or looks at it."""
    table, before = (
        tmp_path / "table",
        b"MAILTO=me\r\n0 5 * * * /bin/\xff\xfe\n# BEGIN hamgam /x\nno end",
    )
    table.write_bytes(before)
    fake = tmp_path / "bin" / "crontab"
    fake.parent.mkdir()
    fake.write_text(f"#!/bin/sh\necho called >> {tmp_path}/calls\ncat > {table}\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}:/usr/bin:/bin")

    every_day = ["schedule", "set", "faculty", "--every", "1", "--unit", "days"]
    for command in (["init"], every_day, ["schedule", "show"], ["tick"]):
        assert main(command) == 0

    assert not (tmp_path / "calls").exists()
    assert table.read_bytes() == before
    assert crontab_block(load()) in capsys.readouterr().out


def test_the_old_file_stays_whole_when_the_writer_is_killed(tmp_path: Path) -> None:
    target = write_crontab_file(load(), command_line_actor())
    before = target.read_bytes()
    pipe = subprocess.PIPE
    writer = [sys.executable, "-c", HELD_UP, "killed"]
    with subprocess.Popen(writer, cwd=ROOT, stdin=pipe, stdout=pipe) as process:
        assert process.stdout
        assert process.stdout.readline() == b"written\n"
        assert len(list(tmp_path.glob("crontab.*"))) == 1
        process.send_signal(signal.SIGKILL)
    assert target.read_bytes() == before

    subprocess.run([sys.executable, "-c", HELD_UP], cwd=ROOT, check=True, timeout=60)
    assert target.read_text(encoding="utf-8").endswith(f"# END hamgam {tmp_path.resolve()}\n")


def test_the_file_is_always_whole_when_several_write_it_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, written = write_crontab_file(settings_in(tmp_path), command_line_actor()), 0

    def write(number: int) -> None:
        place = f"sqlite:///{'x' * number}"
        write_crontab_file(replace(settings_in(tmp_path), data_url=place), command_line_actor())

    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(write, number * 10) for number in range(40)]
        while not all(writer.done() for writer in writers):
            lines = target.read_text(encoding="utf-8").split("\n")
            written += 1
            assert (lines[0][:14], lines[-2][:12], lines[-1]) == (
                "# BEGIN hamgam",
                "# END hamgam",
                "",
            )
        for writer in writers:
            writer.result()

    assert written
    wait_until(lambda: not list(tmp_path.glob("crontab.*")), "every draft's end")
