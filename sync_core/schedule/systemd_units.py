"""A systemd service and timer that call `tick` every minute. It installs nothing by itself.

KillMode=process: what a tick starts outlives it. The two names hold the mark of the installation,
so that several may stand beside each other.
"""

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from sync_core.base.paths import project_root
from sync_core.base.settings import Settings
from sync_core.runs.process import user_name
from sync_core.schedule.callers import SYSTEMD
from sync_core.schedule.carried import carried, lost, mark_of, plain, unfit

USER, SYSTEM = "user", "system"
SCOPES = (SYSTEM, USER)
"""A unit of the whole machine, which only root can install, or of one account."""
WHERE = "a systemd unit"
TICK_MAX = "5min"
"""`tick` waits for nothing; one that hangs must not keep the next from coming."""
UNFIT = re.compile(r"""\$[{$]|["'\\]""")
ACCOUNT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@-]*\$?")


def unit_name(settings: Settings) -> str:
    return f"hamgam-tick-{mark_of(settings)}"


def systemd_units(
    settings: Settings, scope: str, environ: Mapping[str, str] | None = None
) -> dict[str, str]:
    """File name → text, of the service and the timer; raises ConfigError."""
    name = unit_name(settings)
    given = os.environ if environ is None else environ
    return {
        f"{name}.service": _service(settings, scope, given),
        f"{name}.timer": _timer(f"{name}.service"),
    }


def _service(settings: Settings, scope: str, environ: Mapping[str, str]) -> str:
    told = carried(settings)
    folder = str(project_root() or settings.home.resolve())
    variables = [f'Environment="{_quoted(f"HAMGAM_{name}={told[name]}")}"' for name in told]
    lines = [
        "# Written by Hamgam.",
        *_unknown(environ, told),
        "[Unit]",
        f"Description=Hamgam of {_raw(str(settings.home.resolve()))}: start what is due",
        "",
        "[Service]",
        "Type=oneshot",
        *_account(scope),
        f"WorkingDirectory={_folder(folder)}",
        *variables,
        f"ExecStart={_program(sys.executable)} -m sync_core tick --caller {SYSTEMD}",
        "# A sync that a tick starts goes on when the tick has ended.",
        "KillMode=process",
        f"TimeoutStartSec={TICK_MAX}",
    ]
    return "\n".join(lines) + "\n"


def _timer(service: str) -> str:
    """Without Persistent=: the next minute comes soon, and `tick` itself catches up."""
    lines = [
        "# Written by Hamgam.",
        "[Unit]",
        "Description=Hamgam: every minute",
        "",
        "[Timer]",
        "OnCalendar=*-*-* *:*:00",
        "AccuracySec=1s",
        f"Unit={service}",
        "",
        "[Install]",
        "WantedBy=timers.target",
    ]
    return "\n".join(lines) + "\n"


def install_commands(settings: Settings, scope: str, folder: Path) -> list[list[str]]:
    """What an operator calls to install the files of `folder`, each as its words."""
    name, control = unit_name(settings), _systemctl(scope)
    files = [str(folder / f"{name}.{kind}") for kind in ("service", "timer")]
    first = ["install", "-D", "-m", "644", "-t", str(unit_folder(scope)), *files]
    linger = [["loginctl", "enable-linger", user_name()]] if scope == USER else []
    return [
        first,
        [*control, "daemon-reload"],
        [*control, "enable", "--now", f"{name}.timer"],
        *linger,
    ]


def remove_commands(settings: Settings, scope: str) -> list[list[str]]:
    name, control = unit_name(settings), _systemctl(scope)
    files = [str(unit_folder(scope) / f"{name}.{kind}") for kind in ("service", "timer")]
    return [
        [*control, "disable", "--now", f"{name}.timer"],
        ["rm", "-f", *files],
        [*control, "daemon-reload"],
    ]


def unit_folder(scope: str) -> Path:
    if scope == SYSTEM:
        return Path("/etc/systemd/system")
    given = os.environ.get("XDG_CONFIG_HOME")
    return (Path(given) if given else Path.home() / ".config") / "systemd" / "user"


def _systemctl(scope: str) -> list[str]:
    return ["systemctl", "--user"] if scope == USER else ["systemctl"]


def _account(scope: str) -> list[str]:
    """An account's own unit runs as that account, and may not say so."""
    if scope == USER:
        return []
    account = user_name()
    return [f"User={account}"] if ACCOUNT.fullmatch(account) else []


def _unknown(environ: Mapping[str, str], told: Mapping[str, str]) -> list[str]:
    names = plain(", ".join(lost(environ, told)), WHERE)
    return [f"# Set in the environment, unknown to systemd: {names}."] if names else []


def _raw(word: str) -> str:
    """Where systemd reads no quotes: only `%` means something."""
    return plain(word, WHERE).replace("%", "%%")


def _folder(path: str) -> str:
    """A slash keeps what stands at the end: systemd strips spaces there, and `\\` continues."""
    return _raw(path) + ("" if path[-1:].isalnum() else "/")


def _quoted(word: str) -> str:
    """Between double quotes, where systemd reads escapes as C does."""
    escaped = plain(word, WHERE).replace("\\", "\\\\").replace('"', '\\"')
    return escaped.replace("%", "%%")


def _program(path: str) -> str:
    """systemd takes no quotes and no backslash in the path of a program, and replaces variables in
    the name that the program is given.
    """
    if UNFIT.search(path):
        raise unfit(path, WHERE, "a quote, a backslash or what systemd would replace,")
    return f'"{_quoted(path)}"'
