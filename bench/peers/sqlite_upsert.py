"""sqlite-utils: `upsert_all` with the records of a unit, one transaction each.

One call with all records was tried, and took a little longer.
"""

from pathlib import Path

from sqlite_utils import Database

from bench.people import INTEGERS, KEY, connect
from bench.units import answers
from sync_core.store.data import STUDENTS


def merge(file: Path) -> None:
    database = Database(connect(file))
    table = database.table("Students")
    table.create({name: int if name in INTEGERS else str for name in STUDENTS}, pk=KEY)
    for answer in answers():
        with database.atomic():
            table.upsert_all(map(_row, answer.records), pk=KEY)
    database.close()


def _row(record: dict[str, object]) -> dict[str, object]:
    record["province_code"] = record.pop("provinceCode")
    return record
