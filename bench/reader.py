"""One who looks at the tables while they are being written, and how long he had to wait.

`python -m bench.reader FILE` reads until its standard input ends, then prints what he met.
"""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

from bench import BenchFailed, process
from sync_core.store.sqlite import BUSY_TIMEOUT_S, library

PAUSE_S = 0.02
LOOKS = (
    "SELECT * FROM Students ORDER BY studentnum LIMIT 50",
    "SELECT count(*) FROM unit_runs",
)


def main(arguments: Sequence[str]) -> int:
    stop = Event()
    Thread(target=_set_at_end_of_stdin, args=(stop,), daemon=True).start()
    file = f"file:{Path(arguments[0])}?mode=ro"
    connection = library().connect(file, uri=True, isolation_level=None, timeout=BUSY_TIMEOUT_S)
    sys.stdout.write("reading\n")
    sys.stdout.flush()
    waits: list[float] = []
    while not stop.wait(PAUSE_S):
        began = time.perf_counter()
        _look(connection)
        waits.append(time.perf_counter() - began)
    connection.close()
    sys.stdout.write(json.dumps({"looks": len(waits), "longest_s": max(waits, default=0.0)}) + "\n")
    return 0


def _look(connection: Any) -> None:
    connection.execute("BEGIN")
    for query in LOOKS:
        connection.execute(query).fetchall()
    connection.execute("COMMIT")


def _set_at_end_of_stdin(stop: Event) -> None:
    sys.stdin.read()
    stop.set()


@contextmanager
def watching(file: Path) -> Iterator[dict[str, Any]]:
    """A reader for the time of the block; afterwards the dictionary holds what he met."""
    met: dict[str, Any] = {}
    reader = process.start("-m", "bench.reader", str(file), environ={})
    try:
        if reader.stdout:
            reader.stdout.readline()  # its imports are over
        yield met
        output, errors = reader.communicate(timeout=60)
        if reader.returncode != 0:
            raise BenchFailed(f"The reader failed: {errors[-2000:]}")
        met.update(process.last_line(output))
    finally:
        process.end(reader)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
