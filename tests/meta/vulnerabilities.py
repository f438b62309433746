"""Asks whether a locked package has a known weakness. It changes nothing and blames no commit.

    python -m tests.meta.vulnerabilities

Exit code 0: every package was looked up and none has one. 3: some have, or the answer could not be
had, which is said as such: silence is no pass.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.txt", "tests/requirements.txt")
LONGEST_S = 180
WARNING = 3
ASK = ("-m", "pip_audit", "--require-hashes", "--disable-pip", "--progress-spinner", "off")

Found = Mapping[str, Any]


def main() -> int:
    lines = [line for lock in LOCKS for line in judged(lock, answer(lock))]
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return WARNING if lines else 0


def answer(lock: str) -> str:
    """What pip-audit says of a lock, as JSON; empty where it says nothing in time."""
    command = [sys.executable, *ASK, "--format", "json", "--requirement", str(ROOT / lock)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=LONGEST_S, check=False)
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout.decode("utf-8", "replace")


def judged(lock: str, said: str) -> list[str]:
    """A line for each package with a weakness, and one for those of which nothing is known."""
    try:
        packages: Sequence[Found] = json.loads(said)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return [f"{lock}: not known, pip-audit had no answer."]
    unknown = [package["name"] for package in packages if "vulns" not in package]
    lines = [line for package in packages if package.get("vulns") for line in weaknesses(package)]
    if unknown or not packages:
        lines.append(f"{lock}: not known of {len(unknown)} of {len(packages)} packages.")
    return lines


def weaknesses(package: Found) -> list[str]:
    return [
        f"{package['name']} {package['version']}: {found['id']},"
        f" mended in {', '.join(found['fix_versions']) or 'no version yet'}"
        for found in package["vulns"]
    ]


if __name__ == "__main__":
    sys.exit(main())
