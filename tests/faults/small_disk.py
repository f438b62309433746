"""A disk of a few megabytes in memory: it can be filled, freed and made read-only."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

BLOCK, FILES = 4096, 200


class SmallDisk:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self, leaving: int = 0) -> None:
        """Until not one more block goes in; then `leaving` bytes are given back."""
        with self._ballast.open("ab", buffering=0) as ballast:
            try:
                while ballast.write(b"x" * BLOCK):
                    pass
            except OSError:
                size = ballast.tell() - leaving
        os.truncate(self._ballast, size)

    def take_all_names(self) -> None:
        """No file can be made any more, though there is room in those that are there."""
        try:
            for number in range(FILES):
                (self.folder / f"name{number}").touch()
        except OSError:
            return
        raise AssertionError("The disk takes more files than it was made for.")

    def free(self) -> None:
        self._ballast.unlink()

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """Nobody may hold a file that was opened to be written."""
        _call("mount", "-o", "remount,ro", self.folder)
        try:
            yield
        finally:
            _call("mount", "-o", "remount,rw", self.folder)


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[SmallDisk]:
    """Mounted there for this block. Skips where nobody may mount."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("Only root on Linux can mount a small disk.")
    folder.mkdir()
    try:
        _call("mount", "-t", "tmpfs", "-o", f"size={megabytes}m,nr_inodes={FILES}", "tmpfs", folder)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("A small disk cannot be mounted here.")
    try:
        yield SmallDisk(folder)
    finally:
        _call("umount", "--lazy", folder)


def _call(*command: str | Path) -> None:
    subprocess.run(command, check=True, capture_output=True)
