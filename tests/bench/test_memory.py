"""Peak memory is that of the whole tree of processes, also of one that begins later."""

import subprocess
import sys
import time

from bench.memory import PeakMemory
from tests.conftest import ROOT

MIB = 1024 * 1024
PATIENCE_S = 30
PARENT = """
import subprocess, sys
held = bytearray(60 * 2**20)
child = "import sys; held = bytearray(60 * 2**20); sys.stdin.read()"
subprocess.run([sys.executable, "-c", child])
"""


def test_it_counts_a_child_that_begins_later() -> None:
    process = subprocess.Popen([sys.executable, "-c", PARENT], cwd=ROOT, stdin=subprocess.PIPE)
    deadline = time.monotonic() + PATIENCE_S
    with process, PeakMemory(process.pid) as memory:
        while memory.peak_bytes < 120 * MIB:
            assert time.monotonic() < deadline, f"{memory.peak_bytes:,} bytes is not both of them"
            time.sleep(0.01)
        assert process.stdin is not None
        process.stdin.close()
    assert 120 * MIB <= memory.peak_bytes < 200 * MIB
