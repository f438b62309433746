"""Files that other programs read: each is written whole or not at all, and read back."""

import os
import tempfile
from pathlib import Path

from sync_core.base.errors import ConfigError

READABLE = 0o644
"""They hold paths and no secret, and are read by whoever installs them."""


def put(target: Path, content: bytes) -> Path:
    """The path. Raises ConfigError where the disk does not give back what was written."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=target.parent, prefix=f"{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        _compare(Path(draft), content)
        Path(draft).chmod(READABLE)
        Path(draft).replace(target)
    finally:
        Path(draft).unlink(missing_ok=True)
    return target


def _compare(file: Path, content: bytes) -> None:
    if file.read_bytes() != content:
        raise ConfigError(
            f"The disk gives back something else than was written to {file.parent}.",
            hint="Nothing was replaced. Check the disk.",
        )
