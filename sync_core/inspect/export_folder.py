"""Folders for files that are made before they are sent. None outlives the process that made it.

A process that is killed leaves its own behind: the next one to look removes it.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from sync_core.base.settings import Settings

PREFIX = "export"


@contextmanager
def own_folder(settings: Settings) -> Iterator[Path]:
    """For this process alone; gone with all that is in it at the end of the block."""
    place = _place(settings)
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    remove_left_behind(settings)
    name = f"{PREFIX}-{os.getpid()}-{_began(psutil.Process())}-"
    with TemporaryDirectory(prefix=name, dir=place) as folder:
        yield Path(folder)


def remove_left_behind(settings: Settings) -> None:
    """What processes left that are no longer there."""
    for folder in _place(settings).glob(f"{PREFIX}-*-*-*"):
        if not _is_used(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _place(settings: Settings) -> Path:
    return settings.home / "tmp"


def _is_used(folder: Path) -> bool:
    """A number alone is no proof: another process may have it by now."""
    _, pid, began, *_rest = folder.name.split("-")
    if not (pid.isdigit() and began.isdigit()):
        return True  # not one of ours
    try:
        return _began(psutil.Process(int(pid))) == int(began)
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


def _began(process: psutil.Process) -> int:
    return round(process.create_time() * 100)
