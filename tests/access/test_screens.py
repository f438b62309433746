"""What the code of the screens may use: nothing that goes round the roles."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.access.test_use_cases import INTERNAL
from tests.conftest import ROOT

SCREENS = sorted((ROOT / "pages").rglob("*.py"))
BY_THEMSELVES = {"fragment", "dialog"}
"""What runs without the router before it, and so has to ask who sits there."""

MEDIA = {
    *("download_button", "file_uploader", "camera_input", "audio_input", "chat_input"),
    *("image", "audio", "video", "pdf"),
}
"""What puts a file under `/media`, where everybody with a session can fetch it by its address, or
takes one into the server's memory. Exports go through a route of their own."""

FOREIGN = {"components", "iframe", "connection", "secrets", "login", "context"}
"""Other code in the page, other ways to data, other identities."""

STORE = {"control", "engines", "migrate"}
"""The modules of the store that screens know: types, and how to open it. None of its queries."""

SILENT = {
    "ops.stored.with_stored": "fills in the settings that use-cases are given",
    "access.keys.secret_key": "signs the link to log out",
    "access.sessions.find_actor": "asks who sits there",
    "schedule.caller_files.folder_of": "names the folder of files that were asked for",
}
"""The functions that ask nobody and that screens call all the same, and why."""


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def attributes(path: Path) -> set[str]:
    """Those of streamlit, and of all else."""
    return {node.attr for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute)}


def imported(path: Path) -> Iterator[str]:
    """Full names, also of what stands inside functions."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def named(path: Path) -> str:
    return path.relative_to(ROOT / "pages").as_posix()


def test_it_lets_parts_run_by_themselves_in_one_file_alone() -> None:
    using = {named(path) for path in SCREENS if attributes(path) & BY_THEMSELVES}
    assert using == {"_parts/fragments.py"}


@pytest.mark.parametrize("path", SCREENS, ids=named)
def test_it_makes_no_media_and_loads_nothing_foreign(path: Path) -> None:
    assert not attributes(path) & (MEDIA | FOREIGN)


@pytest.mark.parametrize("path", SCREENS, ids=named)
def test_it_takes_streamlit_by_the_name_that_these_tests_know(path: Path) -> None:
    """Else `from streamlit import fragment` would pass them."""
    aliases = {
        (name.name, name.asname)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Import)
        for name in node.names
        if name.name.startswith("streamlit")
    }
    assert aliases <= {("streamlit", "st")}
    froms = {name for name in imported(path) if name.startswith("streamlit.")}
    assert froms <= {"streamlit.navigation.page.StreamlitPage"}


@pytest.mark.parametrize("path", SCREENS, ids=named)
def test_it_asks_no_query_of_its_own(path: Path) -> None:
    store = {name.split(".")[2] for name in imported(path) if name.startswith("sync_core.store.")}
    assert store <= STORE


def test_it_calls_what_asks_nobody_for_a_reason() -> None:
    names = {name.removeprefix("sync_core.") for path in SCREENS for name in imported(path)}
    assert names & set(INTERNAL) == set(SILENT)
