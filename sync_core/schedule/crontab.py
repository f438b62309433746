"""The managed crontab block that calls `tick` every minute. It installs nothing by itself.

cron gives a command an almost empty environment. The folder and the two databases are therefore
named in the line where they are set in the environment alone; everything else, every password
above all, has to stand in `.env`. Names in the block's comment say what is missing there.
"""

import os
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from unicodedata import category
from urllib.parse import urlsplit

from sync_core.base.errors import ConfigError
from sync_core.base.paths import project_root
from sync_core.base.settings import Settings, load

FLOCK = "/usr/bin/flock"
LONGEST_COMMAND = 998
"""Bytes; cron refuses the whole table for a longer one."""
PLACES = {"HOME": "home", "DATABASE_URL": "database_url", "DATA_URL": "data_url"}
"""The settings that a line may carry, and the attributes that hold them."""


def crontab_block(settings: Settings, environ: Mapping[str, str] | None = None) -> str:
    """The lines between two markers, the last newline included; raises ConfigError.

    `environ` is what this process was started with; cron sees none of it.
    """
    given = os.environ if environ is None else environ
    carried = _carried(settings)
    home = _plain(str(settings.home.resolve()))
    lines = [
        f"# BEGIN hamgam {home}",
        "# Written by Hamgam, which replaces all of it: put nothing of yours between the marks.",
        "# cron does not see the environment of your shell: settings belong in .env.",
        *_lost(given, carried),
        f"* * * * * {command(settings, carried)}",
        f"# END hamgam {home}",
    ]
    return "\n".join(lines) + "\n"


def _lost(environ: Mapping[str, str], carried: Mapping[str, str]) -> list[str]:
    """A comment with the names of what the environment sets and cron will not see."""
    named = {name for name, value in environ.items() if name.startswith("HAMGAM_") and value}
    lost = sorted(named - {f"HAMGAM_{name}" for name in carried})
    return [f"# Set in the environment, unknown to cron: {_plain(', '.join(lost))}"] if lost else []


def command(settings: Settings, carried: Mapping[str, str]) -> str:
    """What stands behind the five fields. Raises ConfigError where cron would not take it."""
    folder = project_root() or settings.home
    lock, log = settings.home / "tick.lock", settings.log_folder / "tick.log"
    variables = [f"HAMGAM_{name}={_quoted(value)}" for name, value in carried.items()]
    # -o: what tick starts must not keep the lock after tick has ended.
    locked = [shutil.which("flock") or FLOCK, "-n", "-o", str(lock.resolve())]
    words = [*locked, sys.executable, "-m", "sync_core", "tick"]
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


def write_crontab_file(settings: Settings) -> Path:
    """Writes the block to `<home>/crontab`, whole or not at all."""
    block = crontab_block(settings)
    settings.log_folder.mkdir(parents=True, exist_ok=True)
    target = settings.home / "crontab"
    handle, draft = tempfile.mkstemp(dir=settings.home, prefix="crontab.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(block)
        Path(draft).replace(target)
    finally:
        Path(draft).unlink(missing_ok=True)
    return target


def _carried(settings: Settings) -> dict[str, str]:
    """The places that cron would otherwise read differently, or not at all."""
    seen = _seen_by_cron()
    return {
        name: str(getattr(settings, attribute))
        for name, attribute in PLACES.items()
        if _differs(settings, seen, attribute) and not _secret(str(getattr(settings, attribute)))
    }


def _seen_by_cron() -> Settings | None:
    try:
        return load(environ={})
    except ConfigError:
        return None


def _differs(settings: Settings, seen: Settings | None, attribute: str) -> bool:
    return seen is None or getattr(settings, attribute) != getattr(seen, attribute)


def _secret(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:  # who knows what is in it
        return True
    return parts.password is not None or "password" in parts.query.lower()


def _quoted(word: str) -> str:
    return shlex.quote(_plain(word))


def _plain(word: str) -> str:
    """Raises ConfigError for what would become a second line of the crontab, or is no text."""
    if all(category(character) not in {"Cc", "Cs", "Zl", "Zp"} for character in word):
        return word
    raise ConfigError(
        f"A path holds a control character, or one that is no text, and cannot stand in a crontab:"
        f" {word[:80]!a}.",
        hint="Move Hamgam, or its HAMGAM_HOME, to a folder with a plain name.",
    )
