"""The floor: parse and UPSERT of bytes already in memory, and nothing else; it proves nothing.

`python -m bench.floor FILE` fetches first, untimed, and prints the seconds from the first parse to
the last commit.
"""

import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from operator import itemgetter
from pathlib import Path
from typing import Any

import orjson

from bench import process
from bench.people import FIELDS, KEY, connect, create_table
from bench.process import Measure
from bench.units import answers
from sync_core.store.data import STUDENTS


def measure(file: Path, environ: Mapping[str, str]) -> Measure:
    """The floor in a fresh process; the seconds are those that it took itself."""
    whole = process.run("-m", "bench.floor", str(file), environ=environ)
    return replace(whole, seconds=whole.said["seconds"])


def main(arguments: Sequence[str]) -> int:
    bodies = [answer.response.content for answer in answers()]
    connection = connect(Path(arguments[0]))
    create_table(connection)
    began = time.perf_counter()
    records = merge(connection, bodies)
    took = time.perf_counter() - began
    connection.close()
    sys.stdout.buffer.write(orjson.dumps({"seconds": took, "fetched": records}) + b"\n")
    return 0


def merge(connection: Any, bodies: Iterable[bytes]) -> int:
    """One transaction a unit, lowest rank first; the number of records."""
    pick, statement, records = itemgetter(*FIELDS), upsert(), 0
    for body in bodies:
        data = orjson.loads(body)["data"]
        records += len(data)
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(statement, map(pick, data))
        connection.execute("COMMIT")
    return records


def upsert() -> str:
    marks = ", ".join("?" * len(STUDENTS))
    changes = ", ".join(f"{name} = excluded.{name}" for name in STUDENTS if name != KEY)
    return (
        f"INSERT INTO Students ({', '.join(STUDENTS)}) VALUES ({marks}) "
        f"ON CONFLICT ({KEY}) DO UPDATE SET {changes}"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
