"""The students of the university: one unit a campus and term. It guesses no campus and no term."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

if not __package__:  # started by its path: the project's root is not on sys.path yet
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from fetch_data.gateway import STUDENTS, Gateway, connect
from fetch_data.keys import student_number
from fetch_data.paging import read_pages
from fetch_data.probe import probe
from fetch_data.terms import checked_term, current_term, previous_term, terms_between
from sync_core.base.errors import ConfigError
from sync_core.base.text import ascii_digits
from sync_core.engine.source import (
    INTEGER,
    Beginning,
    Check,
    Choice,
    Column,
    Page,
    Reference,
    Source,
    Unit,
)

CAMPUS_DIGITS = 12

COLUMNS = (
    Column("studentnum", "studentnum"),
    Column("firstname", "firstname"),
    Column("familyname", "familyname"),
    Column("firstnameeng", "firstnameeng"),
    Column("familynameeng", "familynameeng"),
    Column("fathername", "fathername"),
    Column("birthdate", "birthdate", personal=True),
    Column("birthplace", "birthplace"),
    Column("city", "city"),
    Column("address", "address", personal=True),
    Column("phonenum", "phonenum", personal=True),
    Column("email", "email", personal=True),
    Column("sex", "sex", facet=True),
    Column("codvaziayat", "codvaziayat"),
    Column("vazeiyat", "vazeiyat", facet=True),
    Column("course", "course"),
    Column("course_name", "course_name", facet=True),
    Column("grade", "grade"),
    Column("gradname", "gradname", facet=True),
    Column("degsdate", "degsdate"),
    Column("last_degree", "last_degree"),
    Column("uniname", "uniname"),
    Column("sub_uniname", "sub_uniname", facet=True),
    Column("sub_num", "sub_num"),
    Column("province_code", "provinceCode", INTEGER),
    Column("code_Markaz", "code_Markaz", INTEGER),
    Column("province", "province", facet=True),
    Column("term", "term", facet=True),
)


def plan(reference: Reference) -> list[Unit]:
    return _units(_planned_terms(reference), reference.campuses)


def named_units(reference: Reference, choice: Choice) -> list[Unit]:
    """Where only campuses or only terms are chosen, the other side is the plan's."""
    return _units(choice.terms or _planned_terms(reference), choice.campuses or reference.campuses)


def recent(reference: Reference, unit: Unit) -> bool:
    current = current_term(reference.today)
    return unit.params["term"] in {current, previous_term(current)}


def fetch(gateway: Gateway, unit: Unit) -> Iterator[Page]:
    size = gateway.page_size
    wanted = {"codePardis": unit.params["campus"], "term": unit.params["term"], "Filter": {}}
    ask = gateway.pages(
        STUDENTS, lambda page: {**wanted, "paging": {"pageNumber": page, "pageSize": size}}
    )
    return read_pages(ask)


def _planned_terms(reference: Reference) -> tuple[str, ...]:
    settings = reference.settings
    last = current_term(reference.today)
    return settings.terms or terms_between(settings.first_year, last)


def _units(terms: Iterable[str], campuses: Iterable[str]) -> list[Unit]:
    """Newest term first, in a term the higher campus first; each unit once."""
    chosen = sorted({checked_term(term) for term in terms})
    codes = sorted({_checked_campus(campus) for campus in campuses})
    units = [_unit(term, campus) for term in chosen for campus in codes]
    return sorted(units, key=lambda unit: unit.rank, reverse=True)


def _unit(term: str, campus: str) -> Unit:
    rank = f"{int(term):08d}:{int(campus):0{CAMPUS_DIGITS}d}:{campus}"
    return Unit(f"{term}/{campus}", rank, {"term": term, "campus": campus})


def _checked_campus(given: str) -> str:
    code = ascii_digits(given.strip())
    if code.isascii() and code.isdigit() and len(code) <= CAMPUS_DIGITS:
        return code
    raise ConfigError(
        f"{given[:40]!r} is no campus code.", hint="Give a code of digits, such as 1110."
    )


SOURCE = Source(
    name="students",
    module="fetch_data.students_main",
    table="Students",
    key="studentnum",
    canonical_key=student_number,
    columns=COLUMNS,
    endpoint=STUDENTS,
    time_limit_s=7_200,
    plan=plan,
    named_units=named_units,
    recent=recent,
    connect=connect,
    fetch=fetch,
    probe=probe,
    names=("familyname", "firstname"),
    beginnings=(Beginning("entrance_year", "studentnum", 3),),
    quality=(
        Check("phone", ("phonenum",)),
        # Two numbers are no fault where they are of two degrees.
        Check("duplicate", ("familyname", "firstname", "fathername", "birthdate", "grade")),
        Check("province", ("province_code",)),
        Check("arabic_letters", ("familyname", "firstname", "fathername")),
    ),
)

if __name__ == "__main__":
    from sync_core.cli.by_hand import main

    raise SystemExit(main(SOURCE.name))
