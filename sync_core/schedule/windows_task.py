"""A task for Windows' Task Scheduler that calls `tick` every minute. It installs nothing by itself.

As written it runs while its installer is logged on. Whoever installs it with `/RU` and `/RP` (see
`create_command`) chooses that it runs always; Windows keeps the password, we never see it. Not as
SYSTEM: who may write to our folder could then do everything on the machine.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path, PureWindowsPath
from xml.etree import ElementTree as ET

from sync_core.base.paths import project_root
from sync_core.base.settings import Settings
from sync_core.schedule.callers import WINDOWS
from sync_core.schedule.carried import carried, lost, mark_of, plain, unfit

NAMESPACE = "http://schemas.microsoft.com/windows/2004/02/mit/task"
WHERE = "a task of Windows"
BEGUN = "2026-01-01T00:00:00"
"""Any time that has passed: from then on every minute."""
TICK_MAX = "PT5M"
EXPANDED = ("%", "$(")
"""Task Scheduler puts variables in their places, and knows no way to write the letters alone."""
SETTINGS = {
    "MultipleInstancesPolicy": "IgnoreNew",
    "DisallowStartIfOnBatteries": "false",
    "StopIfGoingOnBatteries": "false",
    "AllowHardTerminate": "true",
    "StartWhenAvailable": "true",
    "RunOnlyIfNetworkAvailable": "false",
    "AllowStartOnDemand": "true",
    "Enabled": "true",
    "Hidden": "false",
    "RunOnlyIfIdle": "false",
    "WakeToRun": "false",
    "ExecutionTimeLimit": TICK_MAX,
    "Priority": "5",
}
"""`Hidden` would hide the task from its administrator; that no window opens is pythonw's doing.
Priority 5 is normal; 7, which is the default, would slow down each sync as well."""


def task_name(settings: Settings) -> str:
    return f"Hamgam tick {mark_of(settings)}"


def task_xml(settings: Settings, environ: Mapping[str, str] | None = None) -> bytes:
    """UTF-16 with a byte order mark, as schtasks reads it; raises ConfigError."""
    given = os.environ if environ is None else environ
    told = carried(settings)
    task = ET.Element("Task", {"version": "1.2", "xmlns": NAMESPACE})
    _put(task, "RegistrationInfo", {"Description": _description(settings, given, told)})
    trigger = ET.SubElement(ET.SubElement(task, "Triggers"), "TimeTrigger")
    _put(trigger, None, {"Enabled": "true", "StartBoundary": BEGUN})
    _put(trigger, "Repetition", {"Interval": "PT1M", "StopAtDurationEnd": "false"})
    principal = ET.SubElement(ET.SubElement(task, "Principals"), "Principal", {"id": "Author"})
    _put(principal, None, {"LogonType": "InteractiveToken", "RunLevel": "LeastPrivilege"})
    _put(task, "Settings", SETTINGS)
    _put(ET.SubElement(task, "Actions", {"Context": "Author"}), "Exec", _action(settings, told))
    ET.indent(task)
    text = ET.tostring(task, encoding="unicode")
    document = f'<?xml version="1.0" encoding="UTF-16"?>\n{text}\n'
    return ("\ufeff" + document.replace("\n", "\r\n")).encode("utf-16-le")


def create_command(settings: Settings, file: Path, account: str | None = None) -> str:
    """The line for the Command Prompt. With an account it asks for the password, and the task runs
    whether or not that account is logged on; without, only while the installer is.
    """
    who = ["/RU", _word(account), "/RP", "*"] if account else []
    words = ["/Create", "/TN", task_name(settings), "/XML", _word(str(file)), *who, "/F"]
    return subprocess.list2cmdline(["schtasks", *words])


def delete_command(settings: Settings) -> str:
    return subprocess.list2cmdline(["schtasks", "/Delete", "/TN", task_name(settings), "/F"])


def _put(parent: ET.Element, name: str | None, children: Mapping[str, str]) -> None:
    """The children, within an element of that name where there is one."""
    holder = parent if name is None else ET.SubElement(parent, name)
    for child, text in children.items():
        ET.SubElement(holder, child).text = text


def _description(settings: Settings, environ: Mapping[str, str], told: Mapping[str, str]) -> str:
    home = plain(str(settings.home.resolve()), WHERE)
    names = ", ".join(lost(environ, told))
    missing = f" Set in the environment, unknown to this task: {plain(names, WHERE)}."
    return f"Hamgam of {home}: start what is due, every minute.{missing if names else ''}"


def _action(settings: Settings, told: Mapping[str, str]) -> dict[str, str]:
    log = str((settings.log_folder / "tick.log").resolve())
    places = [word for name in told for word in ("--place", f"{name}={told[name]}")]
    words = ["-m", "sync_core", "tick", "--caller", WINDOWS, "--log", log, *places]
    return {
        "Command": subprocess.list2cmdline([_word(_windowless(sys.executable))]),
        "Arguments": subprocess.list2cmdline([_word(word) for word in words]),
        "WorkingDirectory": _word(str(project_root() or settings.home.resolve())),
    }


def _windowless(python: str) -> str:
    """The interpreter that opens no window, which on Windows lies beside the other one."""
    path = PureWindowsPath(python)
    return str(path.with_name("pythonw.exe")) if path.name.lower() == "python.exe" else python


def _word(word: str) -> str:
    if any(mark in word for mark in EXPANDED):
        raise unfit(word, WHERE, "what Windows would replace")
    return plain(word, WHERE)
