"""The faculty of the university: one unit, read in pages. It knows no campuses and no terms."""

import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

if not __package__:  # started by its path: the project's root is not on sys.path yet
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from fetch_data.gateway import FACULTY, Gateway, connect
from fetch_data.keys import national_code
from fetch_data.paging import read_pages
from fetch_data.probe import probe
from sync_core.base.errors import ConfigError
from sync_core.base.text import fold
from sync_core.engine.source import (
    INTEGER,
    Check,
    Choice,
    Column,
    Page,
    Reference,
    Source,
    Unit,
)

WHOLE = Unit("all", "", {})


def province_code(scope: Any, reference: Reference) -> int | None:
    """Of the province with the longest name that occurs in the scope."""
    if not isinstance(scope, str):
        return None
    return _province_of(scope, tuple(reference.provinces.items()))


@lru_cache(maxsize=1024)
def _province_of(scope: str, provinces: tuple[tuple[str, int], ...]) -> int | None:
    folded = fold(scope)
    names = _longest_first(provinces)
    found = next((code for name, code in names if name in folded), None)
    return found if found is not None else _written_as_one_word(folded, names)


def _written_as_one_word(folded: str, names: tuple[tuple[str, int], ...]) -> int | None:
    """Names of two words are often sent with a half-space between them, which folding drops."""
    joined = folded.replace(" ", "")
    of_two_words = ((name.replace(" ", ""), code) for name, code in names if " " in name)
    return next((code for name, code in of_two_words if name in joined), None)


@lru_cache(maxsize=8)
def _longest_first(provinces: tuple[tuple[str, int], ...]) -> tuple[tuple[str, int], ...]:
    named = [(fold(name), code) for name, code in provinces if fold(name)]
    return tuple(sorted(named, key=lambda pair: len(pair[0]), reverse=True))


COLUMNS = (
    Column("id", "id", INTEGER),
    Column("professorCode", "professorCode"),
    Column("code", "code"),
    Column("name", "name"),
    Column("family", "family"),
    Column("mobile", "mobile", personal=True),
    Column("email", "email", personal=True),
    Column("city", "city"),
    Column("nationalcode", "nationalcode", personal=True),
    Column("personelid", "personelid"),
    Column("field", "field", facet=True),
    Column("scope", "scope", facet=True),
    Column("scope_ID", "scope_ID"),
    Column("code_Markaz", "code_Markaz"),
    Column("markaz", "markaz", facet=True),
    Column("sex", "sex", INTEGER, facet=True),
    Column("employ_state", "employ_state", facet=True),
    Column("employtype", "employtype"),
    Column("employtype_title", "employtype_title", facet=True),
    Column("estekhdamtype", "estekhdamtype"),
    Column("estekhdamtype_title", "estekhdamtype_title", facet=True),
    Column("province_code", "scope", INTEGER, derive=province_code, facet=True),
)


def plan(reference: Reference) -> list[Unit]:
    return [WHOLE]


def named_units(reference: Reference, choice: Choice) -> list[Unit]:
    if choice.campuses or choice.terms:
        raise ConfigError(
            "The source faculty has no campuses or terms.", hint="Leave --campus and --term out."
        )
    return [WHOLE]


def recent(reference: Reference, unit: Unit) -> bool:
    return True


def fetch(gateway: Gateway, unit: Unit) -> Iterator[Page]:
    size = gateway.page_size
    ask = gateway.pages(FACULTY, lambda page: {"pageNumber": page, "pageSize": size})
    return read_pages(ask)


SOURCE = Source(
    name="faculty",
    module="fetch_data.faculty_main",
    table="faculty",
    key="nationalcode",
    canonical_key=national_code,
    columns=COLUMNS,
    endpoint=FACULTY,
    time_limit_s=3_600,
    plan=plan,
    named_units=named_units,
    recent=recent,
    connect=connect,
    fetch=fetch,
    probe=probe,
    names=("family", "name"),
    quality=(
        Check("national_code", ("nationalcode",)),
        Check("mobile", ("mobile",)),
        Check("shared_number", ("personelid",)),
        Check("duplicate", ("family", "name", "mobile")),
        Check("province", ("province_code",)),
        Check("arabic_letters", ("family", "name")),
    ),
)

if __name__ == "__main__":
    from sync_core.cli.by_hand import main

    raise SystemExit(main(SOURCE.name))
