"""How an installed crontab block differs from the wanted one, part by part. It reads no crontab."""

import re
import shlex
from dataclasses import dataclass

PAUSED, TIMES, MORE, COMMAND = "paused", "times", "more", "command"
FOLDER, PROGRAM, LOCK, LOG = "folder", "program", "lock", "log"
SETTING = re.compile(r"HAMGAM_[A-Z_]+=")


@dataclass(frozen=True, slots=True)
class Difference:
    """`part`: one of the names above, or that of a setting; `wanted` and `found` as they stand."""

    part: str
    wanted: str
    found: str


def differences(wanted: str, found: str) -> tuple[Difference, ...]:
    """Nothing where cron would do the same: comments do not count."""
    (should,), is_ = _active(wanted), _active(found)
    if not is_:
        return (Difference(PAUSED, should, ""),)
    first, *others = is_
    more = [Difference(MORE, "", line) for line in others]
    return (*_of_line(should, first), *more)


def _active(block: str) -> list[str]:
    lines = (line.strip() for line in block.split("\n"))
    return [line for line in lines if line and not line.startswith("#")]


def _of_line(wanted: str, found: str) -> list[Difference]:
    if wanted == found:
        return []
    (times, command), (found_times, found_command) = _halves(wanted), _halves(found)
    told = [] if times == found_times else [Difference(TIMES, times, found_times)]
    if command == found_command:
        return told
    return [*told, *(_of_parts(command, found_command) or [Difference(COMMAND, wanted, found)])]


def _halves(line: str) -> tuple[str, str]:
    """The five fields, and what stands behind them."""
    words = line.split(None, 5)
    return " ".join(words[:5]), words[5] if len(words) > 5 else ""


def _of_parts(wanted: str, found: str) -> list[Difference]:
    """Empty where the command does not read as one of ours, or differs in something else."""
    should, is_ = _parts(wanted), _parts(found)
    if should is None or is_ is None:
        return []
    names = {**should, **is_}
    return [
        Difference(name, should.get(name, ""), is_.get(name, ""))
        for name in names
        if should.get(name) != is_.get(name)
    ]


def _parts(command: str) -> dict[str, str] | None:
    try:
        words = shlex.split(command.replace("\\%", "%"))
        program, log = words.index("-m") - 1, words.index(">>") + 1
        parts = {FOLDER: words[1], PROGRAM: words[program], LOG: words[log]}
    except (ValueError, IndexError):
        return None
    parts |= {word.split("=")[0]: word.partition("=")[2] for word in words if SETTING.match(word)}
    return parts | ({LOCK: words[program - 1]} if "flock" in command else {})
