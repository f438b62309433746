"""A lock that is a file: whoever holds it ends, by whatever death, and it is free. It waits never.

The only file besides `runs.process` that knows an operating system.
"""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _try_to_lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _try_to_lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextlib.contextmanager
def locked(file: Path) -> Iterator[bool]:
    """Whether this block alone holds the lock. Raises OSError where the file cannot be opened.

    Children do not inherit it. The file stays: to remove it would let in two at once.
    """
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    handle = os.open(file, flags, 0o600)
    try:
        yield _is_ours(handle)
    finally:
        os.close(handle)


def _is_ours(handle: int) -> bool:
    try:
        _try_to_lock(handle)
    except OSError:
        return False
    return True
