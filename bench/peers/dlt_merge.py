"""dlt: a resource merged by its key into SQLite; telemetry is off, so it asks no other host.

dlt keeps one of several rows of a key by `dedup_sort`; the unit that was asked decides, so each
record is told it. The folder of the file takes what dlt writes beside it.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.people import INTEGERS, KEY
from bench.units import answers
from sync_core.store.data import STUDENTS


def merge(file: Path) -> None:
    os.environ.update(
        RUNTIME__DLTHUB_TELEMETRY="false",
        DLT_DATA_DIR=str(file.parent / "dlt"),
        SCHEMA__NAMING="direct",  # else code_Markaz becomes code_markaz
    )
    import dlt

    columns: dict[str, Any] = {
        name: {"data_type": "bigint" if name in INTEGERS else "text"} for name in STUDENTS
    }
    columns["asked"] = {"data_type": "text", "dedup_sort": "desc"}
    resource = dlt.resource(
        _records, name="Students", write_disposition="merge", primary_key=KEY, columns=columns
    )
    pipeline = dlt.pipeline(
        "bench",
        pipelines_dir=str(file.parent / "dlt"),
        destination=dlt.destinations.sqlalchemy(f"sqlite:///{file}"),
        dataset_name="main",  # the file itself; any other name is a file beside it
    )
    pipeline.run(resource())


def _records() -> Iterator[list[dict[str, Any]]]:
    for answer in answers():
        records = answer.records
        for record in records:
            record["province_code"] = record.pop("provinceCode")
            record["asked"] = f"{answer.term}/{answer.campus}"
        yield records
