"""This account's crontab by the program `crontab`, to the byte. It knows nothing of our block."""

import shutil
from collections.abc import Mapping

from sync_core.base.errors import ConfigError
from sync_core.runs import process
from sync_core.schedule.crontab_text import without_header

LONGEST_S = 10
PLAIN_ANSWERS = {"LC_ALL": "C", "CRONTAB_NOHEADER": "N"}
"""English messages; and the table as it is: Debian's `-l` would leave out the first comments."""
EDITOR_THAT_SHOWS = {**PLAIN_ANSWERS, "VISUAL": "cat", "EDITOR": "cat"}
SHOWN_RETURN = b"\\r"
NO_TABLE = (b"no crontab for", b"no such file")


def read() -> bytes:
    """The table without the header that the program itself adds; empty where there is none."""
    code, out, told = _call("-l")
    if code == 0:
        return without_header(_as_stored(out))
    if any(words in told.lower() for words in NO_TABLE):
        return b""
    raise _refused(told)


def write(table: bytes) -> None:
    """Nothing at all is written as no table."""
    code, _out, told = _call("-", table) if table else _call("-r")
    if code != 0 and (table or not any(words in told.lower() for words in NO_TABLE)):
        raise _refused(told)


def _as_stored(shown: bytes) -> bytes:
    """Debian's `-l` shows a carriage return as the two letters `\\r`; so written back, a line would
    be another one. `-e` gives the table to an editor as it is, but for some first comments.
    """
    if SHOWN_RETURN not in shown:
        return shown
    _code, edited, _told = _call("-e", environment=EDITOR_THAT_SHOWS)
    for as_shown in (edited, edited.replace(b"\r", SHOWN_RETURN)):
        first = shown.removesuffix(as_shown)
        if as_shown and shown.endswith(as_shown) and SHOWN_RETURN not in first:
            return first + edited
    raise ConfigError(
        "The program `crontab` does not show this account's crontab to the byte.",
        hint="Nothing was changed. Take the carriage returns out with `crontab -e`; try again.",
    )


def _call(
    argument: str, given: bytes = b"", environment: Mapping[str, str] = PLAIN_ANSWERS
) -> tuple[int, bytes, bytes]:
    program = shutil.which("crontab")
    if program is None:
        raise ConfigError(
            "There is no program `crontab` on this machine.",
            hint="Install cron (Debian: the package cron), or choose another caller.",
        )
    try:
        done = process.call_program([program, argument], environment, given, limit_s=LONGEST_S)
    except OSError as exc:
        reason = exc.strerror or str(exc)
        raise ConfigError(f"The program {program} could not be used: {reason}.") from exc
    return done.returncode, done.stdout, done.stderr


def _refused(told: bytes) -> ConfigError:
    words = " ".join(told.decode("utf-8", "replace").split())[:300]
    if "not allowed" in words:
        hint = "Have the administrator name this account in /etc/cron.allow, or choose another."
    else:
        hint = "Nothing was changed. Try `crontab -l` as the same account."
    return ConfigError(f"The program `crontab` refused: {words or 'without a word'}.", hint=hint)
