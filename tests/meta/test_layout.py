"""How the tree looks: names, sizes, first lines, and that the example of settings is complete."""

import ast
import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import quantiles

import pytest
from dotenv import dotenv_values

from sync_core.base import settings
from sync_core.base.env import Env
from sync_core.base.settings import Settings
from tests.conftest import ROOT

OURS = ("manage.py", "dashboard.py", "sync_core", "fetch_data", "pages", "bench", "tests")
EMPTY_NAMES = re.compile(r"util|helper|manager")
LONGEST_FILE = 500
LONGEST_FUNCTION_OF_NINE_IN_TEN = 35
# What the example of settings shows with a made-up value; all else stands there with its default.
MADE_UP = {
    *("gateway_url", "gateway_user", "gateway_password", "campuses", "terms", "time_limit_s"),
    "public_url",
    "given",  # which of them are set at all
}
# They make a line read otherwise than it runs.
BIDI_OVERRIDES = re.compile("[\u202a-\u202e\u2066-\u2069]")
SETTING = re.compile(r"^#? ?(HAMGAM_\w+)=", re.MULTILINE)


def modules(*roots: str) -> list[Path]:
    found: list[Path] = []
    for root in roots:
        path = ROOT / root
        found += [path] if path.is_file() else path.rglob("*.py")
    return sorted(found)


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


MODULES = modules(*OURS)


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_it_has_a_module_that_reads_as_agreed(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text)), "a module begins with what it does"
    lines = text.count("\n")
    assert lines <= LONGEST_FILE
    assert not BIDI_OVERRIDES.search(text)
    assert not EMPTY_NAMES.search(named(path)), "the name does not say what is inside"


def test_it_keeps_functions_short() -> None:
    lengths = [
        length for path in modules("sync_core", "fetch_data", "pages") for length in of(path)
    ]
    assert quantiles(lengths, n=10)[8] <= LONGEST_FUNCTION_OF_NINE_IN_TEN


def of(path: Path) -> Iterator[int]:
    """The lengths of the file's functions, in lines."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            yield node.end_lineno - node.lineno + 1


@pytest.mark.parametrize("room", sorted(p.name for p in (ROOT / "tests").iterdir() if p.is_dir()))
def test_it_makes_every_room_of_tests_a_package(room: str) -> None:
    if room == "__pycache__":
        return
    assert (ROOT / "tests" / room / "__init__.py").exists()


class Recorder(dict[str, str | None]):
    """An empty environment that remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def get(self, key: str, default: object = None) -> None:
        self.asked.add(key)


def read(values: Mapping[str, str | None]) -> Settings:
    return settings._read(Env(values), ROOT)


def example() -> str:
    return (ROOT / ".env.example").read_text(encoding="utf-8")


def test_it_names_every_setting_in_the_example_once() -> None:
    recorder = Recorder()
    read(recorder)
    assert sorted(SETTING.findall(example())) == sorted(recorder.asked)


def test_it_shows_right_values_in_the_example(tmp_path: Path) -> None:
    text = re.sub(r"^# ?(?=HAMGAM_)", "", example(), flags=re.MULTILINE)
    shown = dotenv_values(stream=io.StringIO(text))
    (tmp_path / "secret").write_text("from the file\n", encoding="utf-8")
    shown["HAMGAM_GATEWAY_PASSWORD_FILE"] = str(tmp_path / "secret")
    differing = {n for n, value in vars(read(shown)).items() if value != vars(read({}))[n]}
    assert differing == MADE_UP


def test_it_can_be_used_as_it_stands() -> None:
    read(dotenv_values(ROOT / ".env.example")).require_gateway()
