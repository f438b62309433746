"""What the tables must hold, computed from the demo gateway's world and by no code of the core."""

import json
from collections.abc import Iterable
from typing import Any

from fetch_data.demo.people import World
from sync_core.store.data import FACULTY, STUDENTS

Record = dict[str, Any]
Rows = dict[str, dict[str, Any]]
DIGITS = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "01234567890123456789")
WHOLE_NUMBERS = {"provinceCode", "code_Markaz"}


def expected_students(world: World, units: Iterable[tuple[str, str]]) -> Rows:
    """`units` are (term, campus). For each person the row of the highest unit."""
    rows: Rows = {}
    for term, campus in sorted(units, key=lambda unit: (unit[0], int(unit[1]))):
        rows |= _greatest(world.student_records(campus, term), _student, "studentnum")
    return rows


def expected_faculty(world: World) -> Rows:
    """Without `province_code`, which a test of its own covers."""
    return _greatest(world.faculty_records(), _member, "nationalcode")


def _greatest(records: Iterable[Record], row_of: Any, key: str) -> Rows:
    kept: Rows = {}
    for record in records:
        row = row_of(record)
        if row is None:
            continue
        known = kept.get(row[key])
        if known is None or _content(row) > _content(known):
            kept[row[key]] = row
    return kept


def _content(row: dict[str, Any]) -> bytes:
    packed = json.dumps(list(row.values()), ensure_ascii=False, separators=(",", ":"))
    return packed.encode()


def _student(record: Record) -> dict[str, Any] | None:
    row = {
        name: _value(record, "provinceCode" if name == "province_code" else name, WHOLE_NUMBERS)
        for name in STUDENTS
    }
    row["studentnum"] = str(record["studentnum"]).strip().translate(DIGITS)
    return row if row["studentnum"] else None


def _member(record: Record) -> dict[str, Any] | None:
    names = [name for name in FACULTY if name != "province_code"]
    row = {name: _value(record, name, {"id", "sex"}) for name in names}
    code = record.get("nationalcode")
    if code is None or not str(code).strip():
        return None
    row["nationalcode"] = str(code).strip().translate(DIGITS).zfill(10)
    return row


def _value(record: Record, field: str, whole_numbers: set[str]) -> Any:
    value = record.get(field)
    if value is None:
        return None
    if field in whole_numbers:
        return int(value) if str(value).strip() else None
    return str(value)
