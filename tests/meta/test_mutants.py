"""Each mutant still fits the code that it breaks, and names tests that are there."""

import shutil
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.mutants.__main__ import main, mutate
from tests.mutants.catalogue import MUTANTS
from tests.mutants.mutant import Mutant

CLASSES = {
    *("gateway", "network", "process", "database", "clock"),
    *("screen", "files", "secrets", "access", "export"),
}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_it_fits_the_code(mutant: Mutant, tmp_path: Path) -> None:
    copy = tmp_path / mutant.file
    copy.parent.mkdir(parents=True)
    shutil.copy(ROOT / mutant.file, copy)

    mutate(tmp_path, mutant)

    compile(copy.read_text(encoding="utf-8"), mutant.file, "exec")
    assert all((ROOT / test).is_file() for test in mutant.tests if test.startswith("tests/"))


def test_every_class_of_faults_has_one() -> None:
    assert {mutant.faults for mutant in MUTANTS} == CLASSES


def test_their_names_differ() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)


def test_it_refuses_a_name_that_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["no such mutant"]) == 2
    assert "No such mutant" in capsys.readouterr().err
