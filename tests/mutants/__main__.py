"""python3 manage.py test --mutants [NAME]...: breaks a copy of the code, and sees it caught.

First the tests must pass as they are; then, for each mutant, one of its tests must fail.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.mutants.catalogue import MUTANTS
from tests.mutants.mutant import Mutant

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "var", "__pycache__", "*.db", "*.db-*", ".env")
LONGEST_S = 600
FAILED = 1  # pytest's exit code; a mutant that cannot even be imported proves nothing


def main(names: Sequence[str]) -> int:
    unknown = set(names) - {mutant.name for mutant in MUTANTS}
    if unknown:
        sys.stderr.write(f"No such mutant: {', '.join(sorted(unknown))}\n")
        return 2
    chosen = [mutant for mutant in MUTANTS if not names or mutant.name in names]
    outcomes = [_said(mutant, _outcome(mutant)) for mutant in chosen]
    caught = outcomes.count(True)
    sys.stdout.write(f"{caught} of {len(chosen)} mutants were caught\n")
    return 0 if caught == len(chosen) else 1


def _said(mutant: Mutant, outcome: str) -> bool:
    sys.stdout.write(f"{mutant.name:<34} {mutant.faults:<10} {outcome}\n")
    sys.stdout.flush()
    return outcome.startswith("caught")


def _outcome(mutant: Mutant) -> str:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "hamgam"
        shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
        if (before := _test(copy, mutant)) != 0:
            return f"not shown: the tests fail without it (exit {before})"
        mutate(copy, mutant)
        after = _test(copy, mutant)
    if after is None:
        return "caught: the tests hang"
    return "caught" if after == FAILED else f"NOT CAUGHT (exit {after})"


def mutate(root: Path, mutant: Mutant) -> None:
    """Raises ValueError where the code is not as the mutant knows it."""
    path = root / mutant.file
    text = path.read_text(encoding="utf-8")
    if text.count(mutant.old) != 1:
        raise ValueError(f"{mutant.name}: {mutant.file} has changed; change the mutant, too.")
    path.write_text(text.replace(mutant.old, mutant.new), encoding="utf-8")


def _test(copy: Path, mutant: Mutant) -> int | None:
    """pytest's exit code; None where it hangs."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *mutant.tests]
    environment = {key: value for key, value in os.environ.items() if key != "CI"}
    try:
        return subprocess.run(
            command, cwd=copy, env=environment, capture_output=True, timeout=LONGEST_S, check=False
        ).returncode
    except subprocess.TimeoutExpired:
        return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
