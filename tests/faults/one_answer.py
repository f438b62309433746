"""Takes one unit as a run's child does, from the first byte to the last row; prints what it took.

It is a program: `python -m tests.faults.one_answer URL`. Nothing is written to a database.
"""

import json
import sys
from datetime import date
from itertools import islice
from pathlib import Path

from fetch_data.faculty_main import SOURCE
from fetch_data.gateway import Gateway
from sync_core.base.errors import BadPayload, SyncError
from sync_core.base.settings import Settings
from sync_core.base.strict_json import BadJson
from sync_core.engine import child
from sync_core.engine.bounds import slices
from sync_core.engine.decode import Decoder
from sync_core.engine.merge import AT_ONCE
from sync_core.engine.reading import read_unit
from sync_core.engine.source import Reference
from sync_core.store import rejects

(UNIT,) = SOURCE.plan(Reference(Settings(Path(), "", ""), date(2026, 11, 23), (), {}))


def main(url: str) -> None:
    settings = Settings(Path(), "", "", url, "tester", "secret", tries=1, call_timeout_s=60)
    decoder = Decoder(SOURCE, Reference(settings, date(2026, 11, 23), (), {}))
    child._collect_seldom()
    try:
        told = take(settings, decoder)
    except BadJson as exc:
        told = {"error": BadPayload.code, "message": str(exc)}
    except SyncError as exc:
        told = {"error": exc.code, "message": str(exc)}
    sys.stdout.write(json.dumps({**told, "peak_mb": peak_mb()}))


def peak_mb() -> float:
    """Of this program: `ru_maxrss` would begin with what its parent held when it was started."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    [line] = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) / 1024


def take(settings: Settings, decoder: Decoder) -> dict[str, object]:
    with Gateway(settings) as gateway:
        unit = read_unit(decoder, list(SOURCE.fetch(gateway, UNIT)), {})
    people = sum(len(unit.rows(some)) for some in slices(unit.fresh, unit.weight, AT_ONCE))
    left, rejected = unit.rejects(), 0
    while some := list(islice(left, rejects.AT_ONCE)):
        rejected += len(some)
    return {"people": people, "rejected": rejected, "fetched": unit.fetched}


if __name__ == "__main__":
    main(sys.argv[1])
