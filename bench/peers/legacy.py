"""The way of the scripts before: one INSERT a record, a commit a unit; their sleeps left out.

`INSERT OR IGNORE` keeps whoever came first, so the newest term is read first.
"""

from pathlib import Path

from bench.people import FIELDS, connect, create_table
from bench.units import answers


def merge(file: Path) -> None:
    connection = connect(file)
    create_table(connection)
    marks = ", ".join("?" * len(FIELDS))
    for answer in answers(newest_first=True):
        connection.execute("BEGIN")
        for record in answer.records:
            values = [record.get(field) for field in FIELDS]
            connection.execute(f"INSERT OR IGNORE INTO Students VALUES ({marks})", values)
        connection.execute("COMMIT")
    connection.close()
