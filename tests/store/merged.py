"""Students written as the merge writes them, of names and values that are hard to look for."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from sqlalchemy import select

from sync_core.base.clock import utc_now
from sync_core.store import data, fence, merging
from sync_core.store.engines import Databases
from sync_core.store.merging import Sent, Stored

Rows = Sequence[Mapping[str, Any]]

STUDENTS = merging.people("students", "Students", "studentnum", data.STUDENTS)
WORDS = (
    *("آرمان", "بهاره", "نمونه‌پور", "فرضی‌نژاد", "فرضی نژاد", "علي", "علی", "كريمي", "مل\u0640کی"),
    *(
        "Sara",
        "SARA",
        "O'Hara",
        "100%",
        "a_b",
        'x"y',
        "*",
        "AND",
        "نمونه ۱۲",
        "نمونه 12",
        "ی",
        "آب",
    ),
)


def some_students(count: int, seed: int = 1) -> list[dict[str, Any]]:
    draw = Random(seed)
    return [_student(number, draw) for number in range(count)]


def _student(number: int, draw: Random) -> dict[str, Any]:
    def name() -> str | None:
        words = draw.sample(WORDS, draw.choice((0, 1, 1, 2)))
        return " ".join(words) or draw.choice((None, ""))

    return {
        "studentnum": f"{4_010_000_000 + number * 7919 % 100_000}",
        "familyname": name(),
        "firstname": name(),
        "sex": draw.choice(("1", "2", None, "")),
        "vazeiyat": draw.choice(("در حال تحصیل", "انصراف", "فارغ\x1fالتحصیل")),
        "term": draw.choice(("4041", "4042", "4051")),
        "province": f"استان {draw.randrange(70)}",
        "phonenum": f"0900{number:07}",
    }


def write(databases: Databases, run_id: int, rows: Rows) -> None:
    """A run's only unit: people who have a row get these values."""
    now = utc_now()
    sent = [Sent(r["studentnum"], tuple(map(r.get, data.STUDENTS)), 1) for r in rows]
    with databases.data.write() as session:
        fence.raise_fence(session, "students", run_id, now)
        before = merging.stored(session, STUDENTS, [each.key for each in sent])
        new = [each for each in sent if each.key not in before]
        pairs: list[tuple[Stored, Sent]] = [
            (before[each.key], each) for each in sent if each.key in before
        ]
        merging.insert_people(session, STUDENTS, run_id, new, now)
        merging.overwrite_people(session, STUDENTS, run_id, pairs, now)


def miss(databases: Databases, run_id: int, keys: Sequence[str]) -> None:
    with databases.data.write() as session:
        merging.mark_missing(session, STUDENTS, run_id, keys, utc_now())


def table_of(databases: Databases) -> list[dict[str, Any]]:
    """As it stands, in the order of the keys."""
    students = data.students
    with databases.data.read() as session:
        found = session.execute(select(students).order_by(students.c.studentnum)).mappings()
        return [dict(row) for row in found]
