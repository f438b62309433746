"""The crontab block: a shell with an empty environment runs it as it was meant."""

import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from sync_core.access.permissions import command_line_actor
from sync_core.base.errors import ConfigError
from sync_core.base.settings import Settings, load
from sync_core.schedule import crontab
from sync_core.schedule.crontab import crontab_block, write_crontab_file

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="cron is not on Windows")

CALLER = ["--caller", "cron"]
RECORDER = """#!/bin/sh
printf '%s\\n' "$PWD" "$HAMGAM_HOME" "$HAMGAM_DATA_URL" "$@"
"""


def settings_in(home: Path) -> Settings:
    return replace(
        load(), home=home, database_url=f"sqlite:///{home}/c.db", data_url=f"sqlite:///{home}/d.db"
    )


def command_of(block: str) -> str:
    """What cron gives to the shell: the part behind the five fields, `\\%` turned into `%`."""
    (line,) = [line for line in block.splitlines() if not line.startswith("#")]
    return line.removeprefix("* * * * * ").replace("\\%", "%")


@pytest.mark.parametrize(
    "name", ["plain", "two words", "50%", "it's", "$(touch x)", "`id`;&|", "a\\b", '"', "پوشهٔ ما"]
)
def test_it_runs_in_an_empty_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    home = tmp_path / name
    home.mkdir()
    python = tmp_path / f"python {name}"
    python.write_text(RECORDER)
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))

    block = write_crontab_file(settings_in(home), command_line_actor()).read_text(encoding="utf-8")
    subprocess.run(
        ["/usr/bin/env", "-i", "PATH=/usr/bin:/bin", "sh", "-c", command_of(block)],
        check=True,
        timeout=10,
    )

    root = crontab.project_root() or home
    logged = (home / "logs" / "tick.log").read_text().splitlines()
    assert logged == [
        str(root),
        str(home),
        f"sqlite:///{home}/d.db",
        "-m",
        "sync_core",
        "tick",
        *CALLER,
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, python.name])


def test_it_escapes_every_percent_sign(tmp_path: Path) -> None:
    block = crontab_block(settings_in(tmp_path / "50%"))
    (line,) = [line for line in block.splitlines() if not line.startswith("#")]
    assert line.count("%") == line.count("\\%") > 0


@pytest.mark.parametrize("bad", ["a\nb", "a\rb", "a\x1bb", "a\u2028b"])
def test_it_refuses_a_path_that_would_be_a_second_line(tmp_path: Path, bad: str) -> None:
    with pytest.raises(ConfigError, match="control character"):
        crontab_block(replace(load(), home=tmp_path / bad))


def test_it_names_what_cron_will_not_see_and_never_its_value(tmp_path: Path) -> None:
    secret = "postgresql+psycopg://hamgam:s3cret@db/control"
    settings = replace(settings_in(tmp_path), database_url=secret)
    environ = {"HAMGAM_DATABASE_URL": secret, "HAMGAM_GATEWAY_PASSWORD": "s3cret", "HOME": "/root"}
    block = crontab_block(settings, environ)

    assert "s3cret" not in block
    assert "unknown to cron: HAMGAM_DATABASE_URL, HAMGAM_GATEWAY_PASSWORD\n" in block


def test_it_ends_with_a_newline_between_its_marks(tmp_path: Path) -> None:
    lines = crontab_block(settings_in(tmp_path)).split("\n")
    assert lines[0].startswith("# BEGIN hamgam ")
    assert lines[-2].startswith("# END hamgam ")
    assert lines[-1] == ""
    assert shlex.split(lines[-3].replace("\\%", "%"))[:5] == ["*"] * 5


def test_it_leaves_no_half_file_behind(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    for _ in range(2):
        write_crontab_file(settings, command_line_actor())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["crontab", "logs"]
