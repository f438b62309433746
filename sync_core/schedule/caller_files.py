"""The files from which an external caller is installed, and the commands that install them."""

from dataclasses import dataclass
from pathlib import Path

from sync_core.access.permissions import CONFIGURE, Actor, require
from sync_core.base.settings import Settings
from sync_core.runs.process import WINDOWS as ON_WINDOWS
from sync_core.runs.process import user_name
from sync_core.schedule import windows_task
from sync_core.schedule.crontab import crontab_block, write_crontab_file
from sync_core.schedule.systemd_units import (
    SCOPES,
    install_commands,
    remove_commands,
    systemd_units,
)
from sync_core.schedule.whole_files import put

CRONTAB, WINDOWS_TASK = "crontab", "windows"
SYSTEMD_SYSTEM, SYSTEMD_USER = "systemd", "systemd-user"
KINDS = (CRONTAB, SYSTEMD_SYSTEM, SYSTEMD_USER, WINDOWS_TASK)
SCOPE_OF = dict(zip((SYSTEMD_SYSTEM, SYSTEMD_USER), SCOPES, strict=True))
TASK_FILE = "hamgam-tick.xml"


@dataclass(frozen=True, slots=True)
class Commands:
    """Words of each command, for a shell; on Windows whole lines for the Command Prompt."""

    install: list[list[str]]
    remove: list[list[str]]


def caller_files(settings: Settings, actor: Actor, kind: str) -> dict[str, bytes]:
    """File name → content. Raises ConfigError where a path cannot stand in such a file."""
    require(actor, CONFIGURE)
    return _files(settings, kind)


def write_caller_files(settings: Settings, actor: Actor, kind: str) -> list[Path]:
    """Each whole or not at all, below the installation's own folder."""
    require(actor, CONFIGURE)
    if kind == CRONTAB:
        return [write_crontab_file(settings, actor)]
    settings.log_folder.mkdir(parents=True, exist_ok=True)
    folder = folder_of(settings, kind)
    return [put(folder / name, content) for name, content in _files(settings, kind).items()]


def caller_commands(settings: Settings, actor: Actor, kind: str) -> Commands:
    """What installs the written files, and what removes the caller again."""
    require(actor, CONFIGURE)
    folder = folder_of(settings, kind)
    if kind in SCOPE_OF:
        scope = SCOPE_OF[kind]
        return Commands(install_commands(settings, scope, folder), remove_commands(settings, scope))
    if kind == WINDOWS_TASK:
        account = user_name() if ON_WINDOWS else r"DOMAIN\account"
        install = windows_task.create_command(settings, folder / TASK_FILE, account)
        return Commands([[install]], [[windows_task.delete_command(settings)]])
    program = ["python", "-m", "sync_core", "schedule"]
    return Commands([[*program, "install"]], [[*program, "remove"]])


def folder_of(settings: Settings, kind: str) -> Path:
    home = settings.home.resolve()
    return home / "systemd" / SCOPE_OF[kind] if kind in SCOPE_OF else home


def _files(settings: Settings, kind: str) -> dict[str, bytes]:
    if kind in SCOPE_OF:
        units = systemd_units(settings, SCOPE_OF[kind])
        return {name: text.encode("utf-8") for name, text in units.items()}
    if kind == WINDOWS_TASK:
        return {TASK_FILE: windows_task.task_xml(settings)}
    return {"crontab": crontab_block(settings).encode("utf-8")}
