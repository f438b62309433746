"""The managed crontab block that calls `tick` every minute. It installs nothing by itself.

`carried` says what the line has to tell; names in the block's comment say what is missing in
`.env`.
"""

import os
import re
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from sync_core.access.permissions import CONFIGURE, Actor, require
from sync_core.base.errors import ConfigError
from sync_core.base.paths import project_root
from sync_core.base.settings import Settings
from sync_core.schedule.callers import CRON
from sync_core.schedule.carried import carried, lost, plain
from sync_core.schedule.whole_files import put

FLOCK = "/usr/bin/flock"
LONGEST_COMMAND = 998
"""Bytes; cron refuses the whole table for a longer one."""
WHERE = "a crontab"
EVERY_MINUTE = "* * * * *"


def marks(settings: Settings) -> tuple[str, str]:
    """The first and the last line of the block: they name the installation by its folder."""
    home = plain(str(settings.home.resolve()), WHERE)
    return f"# BEGIN hamgam {home}", f"# END hamgam {home}"


def crontab_block(settings: Settings, environ: Mapping[str, str] | None = None) -> str:
    """The lines between two markers, the last newline included; raises ConfigError.

    `environ` is what this process was started with; cron sees none of it.
    """
    told = carried(settings)
    begin, end = marks(settings)
    lines = [
        begin,
        "# Written by Hamgam, which replaces all of it: put nothing of yours between the marks.",
        "# cron does not see the environment of your shell: settings belong in .env.",
        *_unknown(os.environ if environ is None else environ, told),
        f"{EVERY_MINUTE} {command(settings, told)}",
        end,
    ]
    return "\n".join(lines) + "\n"


def _unknown(environ: Mapping[str, str], told: Mapping[str, str]) -> list[str]:
    names = ", ".join(lost(environ, told))
    return [f"# Set in the environment, unknown to cron: {plain(names, WHERE)}"] if names else []


def command(settings: Settings, told: Mapping[str, str]) -> str:
    """What stands behind the five fields. Raises ConfigError where cron would not take it."""
    folder = project_root() or settings.home
    lock, log = settings.home / "tick.lock", settings.log_folder / "tick.log"
    variables = [f"HAMGAM_{name}={_quoted(value)}" for name, value in told.items()]
    # -o: what tick starts must not keep the lock after tick has ended.
    locked = [shutil.which("flock") or FLOCK, "-n", "-o", str(lock.resolve())]
    words = [*locked, sys.executable, "-m", "sync_core", "tick", "--caller", CRON]
    line = " ".join([*variables, *map(_quoted, words)])
    whole = _escaped(f"cd {_quoted(str(folder))} && {line} >> {_quoted(str(log.resolve()))} 2>&1")
    if len(whole.encode("utf-8")) <= LONGEST_COMMAND:
        return whole
    raise ConfigError(
        f"The paths are too long for cron, whose commands have {LONGEST_COMMAND} bytes at most.",
        hint="Move Hamgam, or its HAMGAM_HOME, to a folder with a shorter path.",
    )


def _escaped(line: str) -> str:
    """cron takes a bare `%` for a newline, and some crons take two backslashes for one.

    Backslashes stand only in single quotes here: two more of those part one from what follows it.
    """
    parted = re.sub(r"\\(?=[\\%])", r"\\''", line)
    return parted.replace("%", "\\%")


def write_crontab_file(settings: Settings, actor: Actor) -> Path:
    """Writes the block to `<home>/crontab`, whole or not at all."""
    require(actor, CONFIGURE)
    block = crontab_block(settings)
    settings.log_folder.mkdir(parents=True, exist_ok=True)
    return put(settings.home / "crontab", block.encode("utf-8"))


def _quoted(word: str) -> str:
    return shlex.quote(plain(word, WHERE))
