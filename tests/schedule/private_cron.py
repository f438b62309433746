"""A cron of our own: a mount and a process namespace in which the crontabs are empty.

No crontab of this machine is touched. Whatever becomes of the tests, the namespace ends with them,
and all that runs in it: its first process reads a pipe that only we hold.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from sync_core.runs.process import user_name

CRONTABS = Path("/var/spool/cron/crontabs")
FIRST = """
mount -t tmpfs -o mode=1730,gid=$(stat -c %g {crontabs}) none {crontabs} || exit 1
mount -t tmpfs none /run || exit 1
if [ "$1" = cron ]; then cron -f <&- & fi
echo ready
read -r _
"""
"""As the namespace's first process; the kernel ends all others with it."""
END_S = 10


class PrivateCron:
    """`wrapped` is how a command comes into the namespace."""

    def __init__(self, first: int) -> None:
        self.wrapped = ["nsenter", "--target", str(first), "--mount", "--pid", "--"]

    def call(
        self, *command: str | Path, given: bytes = b"", environ: Mapping[str, str] | None = None
    ) -> "subprocess.CompletedProcess[bytes]":
        return subprocess.run(
            [*self.wrapped, *map(str, command)],
            input=given,
            env={**os.environ, **(environ or {})},
            capture_output=True,
            timeout=60,
            check=False,
        )

    @property
    def table(self) -> bytes:
        """As it is stored, but for the three lines that Debian's program puts on top."""
        stored = self.call("sh", "-c", f"cat {CRONTABS / user_name()} 2>/dev/null").stdout
        return b"".join(stored.splitlines(keepends=True)[3:])

    @table.setter
    def table(self, content: bytes) -> None:
        done = self.call("/usr/bin/crontab", "-", given=content)
        assert done.returncode == 0, done.stderr


@contextmanager
def private_cron(*, daemon: bool = False) -> Iterator[PrivateCron]:
    """Skips where there is no cron, or nobody may make a namespace."""
    if sys.platform != "linux" or not all(map(shutil.which, ("crontab", "cron", "unshare"))):
        pytest.skip("No cron: install the package cron.")
    process = subprocess.Popen(
        [
            *("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"),
            *("sh", "-c", FIRST.format(crontabs=CRONTABS), "sh", "cron" if daemon else ""),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        if not process.stdout or process.stdout.readline() != b"ready\n":
            pytest.skip("Only root can make a namespace with a cron of its own.")
        (first,) = psutil.Process(process.pid).children()
        yield PrivateCron(first.pid)
    finally:
        process.communicate(timeout=END_S)
