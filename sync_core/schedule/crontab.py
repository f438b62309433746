"""The managed crontab block that calls `tick` every minute. It installs nothing by itself.

cron gives a command an almost empty environment. The folder and the two databases are therefore
named in the line where they are set in the environment alone; everything else, every password
above all, has to stand in `.env`. Names in the block's comment say what is missing there.
"""

import os
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
    """What stands behind the five fields, `%` escaped: cron takes a bare one for a newline."""
    folder = project_root() or settings.home
    lock, log = settings.home / "tick.lock", settings.log_folder / "tick.log"
    variables = [f"HAMGAM_{name}={_quoted(value)}" for name, value in carried.items()]
    # -o: what tick starts must not keep the lock after tick has ended.
    locked = [shutil.which("flock") or FLOCK, "-n", "-o", str(lock.resolve())]
    words = [*locked, sys.executable, "-m", "sync_core", "tick"]
    line = " ".join([*variables, *map(_quoted, words)])
    return f"cd {_quoted(str(folder))} && {line} >> {_quoted(str(log.resolve()))} 2>&1".replace(
        "%", "\\%"
    )


def write_crontab_file(settings: Settings) -> Path:
    """Writes the block to `<home>/crontab`, whole or not at all."""
    block = crontab_block(settings)
    settings.log_folder.mkdir(parents=True, exist_ok=True)
    target = settings.home / "crontab"
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", newline="\n", dir=settings.home, prefix="crontab.", delete=False
    ) as file:
        file.write(block)
    Path(file.name).replace(target)
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
    parts = urlsplit(value)
    return parts.password is not None or "password" in parts.query.lower()


def _quoted(word: str) -> str:
    return shlex.quote(_plain(word))


def _plain(word: str) -> str:
    """Raises ConfigError for what would become a second line of the crontab."""
    if all(category(character) not in {"Cc", "Zl", "Zp"} for character in word):
        return word
    raise ConfigError(
        f"A path holds a control character and cannot stand in a crontab: {word[:80]!r}.",
        hint="Move Hamgam, or its HAMGAM_HOME, to a folder with a plain name.",
    )
