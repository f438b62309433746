"""Each rule beside a plain reading of the same rows, on both databases."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import insert, select

from sync_core.base import rules
from sync_core.base.settings import load
from sync_core.engine.source import Source, find_source
from sync_core.inspect.checks import looked_at
from sync_core.store import data, quality_tables
from sync_core.store.engines import Databases
from sync_core.store.quality_rules import ROW_RULES, Looked, condition_of

Row = dict[str, Any]

GONE = datetime(2026, 10, 1, tzinfo=UTC)
CODES = (
    *("0000000019", "0000000027", "0000000000", "1111111111", "9999999999", "0012345679"),
    *("0012345678", "1234567890", "1234567891", "abc", "123", "00000000191", "۰۰۰۰۰۰۰۰۱۹"),
    *("12345 6789", "-123456789", "0012345679 "),
)
NUMBERS = (
    *("09121234567", "9121234567", "۰۹۱۲۱۲۳۴۵۶۷", "+989121234567", "0912 123 4567", "0912123456"),
    *(
        "02112345678",
        "12112345678",
        "091212345678",
        "",
        None,
        "نامشخص",
        "0912123456x",
        "09%_______1",
    ),
)
NAMES = ("علی", "علي", "ملكی", "ملکى", "", None, "Ali", "ي", "100%")


def source(name: str) -> Source:
    return find_source(load(), name)


def is_national_code(code: str) -> bool:
    """As the registry office says, digit by digit."""
    if len(code) != 10 or not (code.isascii() and code.isdigit()) or len(set(code)) == 1:
        return False
    left = sum(int(code[place]) * (10 - place) for place in range(9)) % 11
    return int(code[9]) == (left if left < 2 else 11 - left)


def is_number(number: str, begin: str) -> bool:
    plain = number.isascii() and number.isdigit()
    return len(number) == 11 and plain and number.startswith(begin)


def same(rows: list[Row], *names: str) -> Callable[[Row], bool]:
    whole = [tuple(row[n] for n in names) for row in rows if not row["missing_since"]]
    times = Counter(each for each in whole if all(each))
    return lambda row: times[tuple(row[n] for n in names)] > 1


def broken(databases: Databases, of: Source, rule: str) -> set[str]:
    check = next(check for check in of.quality if check.rule == rule)
    condition = condition_of(rule, looked_at(of, check))
    assert condition is not None
    table = data.metadata.tables[of.table]
    with databases.data.read() as session:
        return set(session.scalars(select(table.c[of.key]).where(condition)))


def fill(databases: Databases, table: str, rows: list[Row]) -> None:
    ours = {"first_run": 1, "last_run": 1, "missing_since": None}
    with databases.data.write() as session:
        for row in rows:
            session.execute(insert(data.metadata.tables[table]).values(**ours | row))


def teachers() -> list[Row]:
    """Every code with every number once, and people alike in all ways."""
    return [
        {
            "nationalcode": code,
            "mobile": NUMBERS[place % len(NUMBERS)],
            "name": NAMES[place % len(NAMES)],
            "family": NAMES[place // 3 % len(NAMES)],
            "personelid": (None, "", "7", "8", "9")[place % 5],
            "province_code": (None, 0, 7, 30, 31, -1)[place % 6],
            "missing_since": GONE if place % 7 == 3 else None,
        }
        for place, code in enumerate([*CODES, *(f"{n:010}" for n in range(500))])
        if code not in CODES[:place]
    ]


def pupils() -> list[Row]:
    return [
        {
            "studentnum": f"40{place:04}",
            "phonenum": NUMBERS[place % len(NUMBERS)],
            "familyname": ("نمونه", "فرضی", None)[place % 3],
            "firstname": ("آرمان", "", "علي")[place // 2 % 3],
            "fathername": "پویا",
            "birthdate": ("1380/01/01", "1380/01/02")[place // 5 % 2],
            "grade": ("1", "2")[place % 2],
            "province_code": (None, 0, 31)[place % 3],
            "missing_since": GONE if place % 4 == 1 else None,
        }
        for place in range(40)
    ]


def of_reported(rows: list[Row], key: str, fault: Callable[[Row], bool]) -> set[str]:
    return {row[key] for row in rows if not row["missing_since"] and fault(row)}


def has_arabic(*names: str) -> Callable[[Row], bool]:
    return lambda row: any(sign in (row[name] or "") for name in names for sign in "يىك")


def test_it_breaks_the_same_rows_as_a_plain_reading_of_faculty(databases: Databases) -> None:
    rows, of = teachers(), source("faculty")
    fill(databases, "faculty", rows)
    faults: dict[str, Callable[[Row], bool]] = {
        rules.NATIONAL_CODE: lambda row: not is_national_code(row["nationalcode"]),
        rules.MOBILE: lambda row: bool(row["mobile"]) and not is_number(row["mobile"], "09"),
        rules.SHARED_NUMBER: same(rows, "personelid"),
        rules.DUPLICATE: same(rows, "family", "name", "mobile"),
        rules.PROVINCE: lambda row: row["province_code"] not in range(31),
        rules.ARABIC_LETTERS: has_arabic("name", "family"),
    }
    assert [check.rule for check in of.quality] == list(faults)
    for rule, fault in faults.items():
        expected = of_reported(rows, "nationalcode", fault)
        assert expected, rule
        assert broken(databases, of, rule) == expected, rule


def test_it_breaks_the_same_rows_as_a_plain_reading_of_students(databases: Databases) -> None:
    rows, of = pupils(), source("students")
    fill(databases, "Students", rows)
    alike = same(rows, "familyname", "firstname", "fathername", "birthdate", "grade")
    faults: dict[str, Callable[[Row], bool]] = {
        rules.PHONE: lambda row: bool(row["phonenum"]) and not is_number(row["phonenum"], "0"),
        rules.DUPLICATE: alike,
        rules.PROVINCE: lambda row: row["province_code"] not in range(31),
        rules.ARABIC_LETTERS: has_arabic("familyname", "firstname", "fathername"),
    }
    assert [check.rule for check in of.quality] == list(faults)
    for rule, fault in faults.items():
        expected = of_reported(rows, "studentnum", fault)
        assert expected, rule
        assert broken(databases, of, rule) == expected, rule


@pytest.mark.parametrize("place", range(10))
def test_it_finds_every_slip_of_one_digit_of_a_code(databases: Databases, place: int) -> None:
    good = "0012345679"
    others = [good[:place] + str(digit) + good[place + 1 :] for digit in range(10)]
    fill(databases, "faculty", [{"nationalcode": code, "name": "پویا"} for code in others])
    found = broken(databases, source("faculty"), rules.NATIONAL_CODE)
    assert found == {code for code in others if not is_national_code(code)}
    assert good not in found


def test_it_knows_every_rule_by_its_name() -> None:
    assert set(ROW_RULES) == set(rules.OF_ROWS)
    assert condition_of("nothing", Looked("faculty", "nationalcode", ("name",))) is None


def test_it_names_columns_that_hold_nothing_for_anybody(databases: Databases) -> None:
    looked = Looked("faculty", "nationalcode", ("name", "family", "sex", "email"))
    with databases.data.read() as session:
        assert quality_tables.empty_columns(session, looked) == ()
    rows = [{"nationalcode": "1", "family": "", "sex": 1}, {"nationalcode": "2", "name": "پویا"}]
    fill(databases, "faculty", [*rows, {"nationalcode": "3", "email": "x", "missing_since": GONE}])
    with databases.data.read() as session:
        assert quality_tables.empty_columns(session, looked) == ("family", "email")
