"""A run's log file: what its child printed and what its supervisor did. Capped and redacted."""

from contextlib import suppress
from pathlib import Path
from typing import IO, Self

from sync_core.base.clock import utc_now
from sync_core.base.redact import redact

LARGEST_LOG_BYTES = 20 * 1024 * 1024
LARGEST_LINE = 4_000


class RunLog:
    """One line an entry: UTC time, level, text."""

    def __init__(self, path: Path) -> None:
        self._file: IO[str] | None = None
        self._size = 0
        with suppress(OSError):  # the run goes on without its log
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("a", encoding="utf-8", errors="replace")
            self._size = path.stat().st_size

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            if self._file is not None:
                self._file.close()

    def add(self, level: str, text: str) -> None:
        """Never raises: a full disk ends the log, not the run."""
        if self._file is None or self._size > LARGEST_LOG_BYTES:
            return
        one_line = " ".join(redact(text)[:LARGEST_LINE].splitlines())
        line = f"{utc_now():%Y-%m-%dT%H:%M:%SZ} {level:<7} {one_line}\n"
        self._size += len(line.encode("utf-8", "replace"))
        if self._size > LARGEST_LOG_BYTES:
            line = "The log has reached its cap; what follows is not kept.\n"
        try:
            self._file.write(line)
            self._file.flush()
        except OSError:
            self._size = LARGEST_LOG_BYTES + 1
