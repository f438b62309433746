"""Where the time of one first sync goes, in all its processes, as py-spy sees it from outside."""

import os
import subprocess
import sys
from pathlib import Path

from bench.gateway import ROOT
from bench.world import World

RATE = "100"


def record_profile(world: World, stem: Path) -> int:
    """Writes a file for https://www.speedscope.app, which can be read without a network, too."""
    world.gateway.warm()
    file = stem.with_suffix(".speedscope.json")
    py_spy = Path(sys.executable).parent / "py-spy"
    options = [
        "record",
        "--subprocesses",
        "--rate",
        RATE,
        "--format",
        "speedscope",
        "-o",
        str(file),
    ]
    with world.installation() as home:
        return subprocess.run(
            [str(py_spy), *options, "--", sys.executable, "-m", "sync_core", "sync", "students"],
            cwd=ROOT,
            env={**os.environ, **home.environ},
            check=False,
        ).returncode
