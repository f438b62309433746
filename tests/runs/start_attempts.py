"""A process of the start race: at each line on stdin it tries to start a run from many threads.

It answers each with one line of JSON: [seconds, run id or null, the id of the run that is named].
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from time import monotonic

from sync_core.access.permissions import command_line_actor
from sync_core.base.errors import Busy
from sync_core.base.settings import load
from sync_core.runs.start import start_run
from sync_core.store.engines import open_databases


def main(threads: int) -> None:
    settings = load()
    databases = open_databases(settings)
    barrier = Barrier(threads)

    def attempt(_number: int) -> tuple[float, int | None, int]:
        barrier.wait()
        begun = monotonic()
        try:
            run_id = start_run(settings, databases, "hostile", actor=command_line_actor())
        except Busy as busy:
            return monotonic() - begun, None, busy.run_id
        return monotonic() - begun, run_id, run_id

    with ThreadPoolExecutor(threads) as pool:
        for _round in sys.stdin:
            sys.stdout.write(json.dumps(list(pool.map(attempt, range(threads)))) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]))
