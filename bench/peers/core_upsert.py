"""SQLAlchemy Core: `on_conflict_do_update` with the records of a unit, one transaction each."""

from pathlib import Path

from sqlalchemy import BigInteger, Column, MetaData, Table, Text
from sqlalchemy.dialects.sqlite import insert

from bench.people import FIELDS, INTEGERS, KEY
from bench.units import answers
from sync_core.store.data import STUDENTS
from sync_core.store.sqlite import sqlite_engine

PEOPLE = Table(
    "Students",
    MetaData(),
    *(
        Column(name, BigInteger if name in INTEGERS else Text, key=field, primary_key=name == KEY)
        for name, field in zip(STUDENTS, FIELDS, strict=True)
    ),
)


def merge(file: Path) -> None:
    engine = sqlite_engine(f"sqlite:///{file}")
    PEOPLE.metadata.create_all(engine)
    new = insert(PEOPLE)
    changes = {name: new.excluded[name] for name in FIELDS if name != KEY}
    statement = new.on_conflict_do_update(index_elements=[KEY], set_=changes)
    for answer in answers():
        if records := answer.records:
            with engine.begin() as connection:
                connection.execute(statement, records)
    engine.dispose()
