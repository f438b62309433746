"""pandas: all records in one frame, the highest unit of each person kept, `to_sql`."""

from pathlib import Path

import pandas as pd
from sqlalchemy import BigInteger, Text

from bench.people import FIELDS, INTEGERS, KEY
from bench.units import answers
from sync_core.store.data import STUDENTS
from sync_core.store.sqlite import sqlite_engine


def merge(file: Path) -> None:
    frames = [pd.DataFrame(answer.records).assign(asked=answer.term) for answer in answers()]
    people = pd.concat([frame for frame in frames if len(frame)], ignore_index=True)
    people[KEY] = people[KEY].astype(str)
    people = people.sort_values("asked", kind="stable").drop_duplicates(KEY, keep="last")
    people = people[list(FIELDS)].set_axis(list(STUDENTS), axis=1)
    types = {name: BigInteger() if name in INTEGERS else Text() for name in STUDENTS}
    engine = sqlite_engine(f"sqlite:///{file}")
    people.to_sql("Students", engine, index=False, dtype=types)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE UNIQUE INDEX people ON Students ({KEY})")
    engine.dispose()
