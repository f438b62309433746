"""The task for Windows: built as its schema says, and every word arrives as it was meant."""

import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from sync_core.access.permissions import command_line_actor
from sync_core.base.errors import ConfigError
from sync_core.base.settings import Settings, load
from sync_core.schedule import windows_task
from sync_core.schedule.caller_files import write_caller_files
from sync_core.schedule.windows_task import NAMESPACE, create_command, delete_command, task_xml

US = command_line_actor()
HARD = [
    "two words",
    "a&b",
    "<x>",
    "پوشهٔ همگام",
    "it's",
    "a;b",
    "(x86)",
    "end\\",
    "a^b",
    "😀",
    "]]>",
]
CHILDREN = {
    "Task": ["RegistrationInfo", "Triggers", "Principals", "Settings", "Actions"],
    "Triggers": ["TimeTrigger"],
    "TimeTrigger": ["Enabled", "StartBoundary", "Repetition"],
    "Repetition": ["Interval", "StopAtDurationEnd"],
    "Principals": ["Principal"],
    "Principal": ["LogonType", "RunLevel"],
    "Actions": ["Exec"],
    "Exec": ["Command", "Arguments", "WorkingDirectory"],
}
"""The order of the schema where it has one."""


def settings_in(home: Path) -> Settings:
    return replace(
        load(), home=home, database_url=f"sqlite:///{home}/c.db", data_url=f"sqlite:///{home}/d.db"
    )


def parsed(content: bytes) -> ET.Element:
    return ET.fromstring(content)  # noqa: S314 - our own, made a moment ago


def text(task: ET.Element, path: str) -> str:
    found = task.findtext("/".join(f"{{{NAMESPACE}}}{step}" for step in path.split("/")))
    assert found is not None, path
    return found


def words_of(line: str) -> list[str]:
    """As a C program on Windows splits its command line."""
    words, word, quoted, there, slashes = [], "", False, False, 0
    for letter in line:
        if letter == "\\":
            slashes += 1
            continue
        word += "\\" * (slashes // 2 if letter == '"' else slashes)
        escaped, slashes = letter == '"' and slashes % 2 == 1, 0
        if letter == '"' and not escaped:
            quoted, there = not quoted, True
        elif letter in " \t" and not quoted:
            if word or there:
                words.append(word)
            word, there = "", False
        else:
            word += letter
    word += "\\" * slashes
    return [*words, word] if word or there else words


def test_it_is_built_as_the_schema_says(tmp_path: Path) -> None:
    task = parsed(task_xml(settings_in(tmp_path), {}))
    assert (task.tag, task.get("version")) == (f"{{{NAMESPACE}}}Task", "1.2")
    for element in task.iter():
        assert element.tag.startswith(f"{{{NAMESPACE}}}")
        name = element.tag.partition("}")[2]
        if name in CHILDREN:
            assert [child.tag.partition("}")[2] for child in element] == CHILDREN[name]
    assert task.find(f"{{{NAMESPACE}}}Actions").get("Context") == "Author"  # type: ignore[union-attr]


def test_it_comes_every_minute_alone_and_makes_up_for_a_missed_start(tmp_path: Path) -> None:
    task = parsed(task_xml(settings_in(tmp_path), {}))
    assert text(task, "Triggers/TimeTrigger/Repetition/Interval") == "PT1M"
    assert text(task, "Settings/MultipleInstancesPolicy") == "IgnoreNew"
    assert text(task, "Settings/StartWhenAvailable") == "true"
    assert text(task, "Settings/DisallowStartIfOnBatteries") == "false"
    assert text(task, "Principals/Principal/RunLevel") == "LeastPrivilege"


def test_it_is_utf_16_with_a_mark_and_the_line_ends_of_windows(tmp_path: Path) -> None:
    content = task_xml(settings_in(tmp_path), {})
    assert content[:2] == b"\xff\xfe"
    document = content.decode("utf-16")
    assert document.startswith('<?xml version="1.0" encoding="UTF-16"?>\r\n')
    assert document.count("\n") == document.count("\r\n")


@pytest.mark.parametrize("name", HARD)
def test_every_word_arrives_as_it_was_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    home, root = tmp_path / f"home {name}", tmp_path / name
    monkeypatch.setattr(windows_task, "project_root", lambda: root)
    monkeypatch.setattr(sys, "executable", f"{root}/python")
    (file,) = write_caller_files(settings_in(home), US, "windows")

    task = parsed(file.read_bytes())
    assert words_of(text(task, "Actions/Exec/Command")) == [f"{root}/python"]
    assert text(task, "Actions/Exec/WorkingDirectory") == str(root)
    assert words_of(text(task, "Actions/Exec/Arguments")) == [
        *("-m", "sync_core", "tick", "--caller", "windows"),
        *("--log", f"{home}/logs/tick.log"),
        *("--place", f"HOME={home}"),
        *("--place", f"DATABASE_URL=sqlite:///{home}/c.db"),
        *("--place", f"DATA_URL=sqlite:///{home}/d.db"),
    ]
    assert str(home) in text(task, "RegistrationInfo/Description")


def test_it_opens_no_window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", r"C:\Program Files\Hamgam\.venv\Scripts\python.exe")
    command = text(parsed(task_xml(settings_in(tmp_path), {})), "Actions/Exec/Command")
    assert command == r'"C:\Program Files\Hamgam\.venv\Scripts\pythonw.exe"'


@pytest.mark.parametrize(
    "bad", ["\n", "\r", "\x00", "\x1b", "\u2028", "\udcff", "%", "$("], ids=ascii
)
@pytest.mark.parametrize("place", ["root", "python", "database"])
def test_it_refuses_what_xml_cannot_hold_and_what_windows_would_replace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, bad: str
) -> None:
    word, chosen = f"/a{bad}b", settings_in(tmp_path)
    if place == "root":
        monkeypatch.setattr(windows_task, "project_root", lambda: word)
    elif place == "python":
        monkeypatch.setattr(sys, "executable", word)
    else:
        chosen = replace(chosen, data_url=f"sqlite:///{word}")
    with pytest.raises(ConfigError, match="cannot stand in a task of Windows"):
        task_xml(chosen, {})


def test_it_says_the_lines_for_schtasks(tmp_path: Path) -> None:
    settings, file = settings_in(tmp_path), Path("/srv/two words/task.xml")
    name = windows_task.task_name(settings)
    assert words_of(create_command(settings, file)) == [
        *("schtasks", "/Create", "/TN", name, "/XML", str(file), "/F")
    ]
    assert words_of(create_command(settings, file, r"UNI\hamgam"))[6:] == [
        *("/RU", r"UNI\hamgam", "/RP", "*", "/F")
    ]
    assert words_of(delete_command(settings)) == ["schtasks", "/Delete", "/TN", name, "/F"]
    with pytest.raises(ConfigError):
        create_command(settings, Path("/srv/50%/task.xml"))


def test_it_shows_no_secret_and_names_what_is_missing(tmp_path: Path) -> None:
    secret = "postgresql+psycopg://hamgam:s3cret@db/control"
    settings = replace(settings_in(tmp_path), database_url=secret)
    document = task_xml(settings, {"HAMGAM_DATABASE_URL": secret}).decode("utf-16")
    assert "s3cret" not in document
    assert "unknown to this task: HAMGAM_DATABASE_URL." in document
