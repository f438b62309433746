"""Terms by the academic year."""

from datetime import date

import jdatetime
import pytest

from fetch_data.terms import checked_term, current_term, previous_term, terms_between
from sync_core.base.errors import ConfigError


def gregorian(year: int, month: int, day: int) -> date:
    day_there: date = jdatetime.date(year, month, day).togregorian()
    return day_there


@pytest.mark.parametrize(
    ("day", "term"),
    [
        ((1405, 9, 2), "4051"),
        ((1405, 7, 1), "4051"),
        ((1405, 10, 30), "4051"),
        ((1405, 11, 1), "4052"),
        ((1405, 12, 29), "4052"),
        ((1406, 1, 1), "4052"),
        ((1406, 3, 31), "4052"),
        ((1406, 4, 1), "4053"),
        ((1406, 6, 31), "4053"),
        ((1406, 7, 1), "4061"),
        ((1403, 12, 30), "4032"),
        ((1400, 1, 1), "3992"),
    ],
)
def test_it_names_the_term_of_a_day(day: tuple[int, int, int], term: str) -> None:
    assert current_term(gregorian(*day)) == term


def test_it_takes_gregorian_dates() -> None:
    assert current_term(date(2026, 11, 23)) == "4051"


@pytest.mark.parametrize(
    ("term", "before"), [("4053", "4052"), ("4052", "4051"), ("4051", "4043"), ("4001", "3993")]
)
def test_it_steps_back_one_term(term: str, before: str) -> None:
    assert previous_term(term) == before


def test_it_lists_every_term_between() -> None:
    assert terms_between(1403, "4051") == (
        "4031", "4032", "4033", "4041", "4042", "4043", "4051",
    )  # fmt: skip


def test_it_lists_nothing_when_the_first_year_is_yet_to_come() -> None:
    assert terms_between(1406, "4053") == ()


def test_it_steps_back_as_it_lists() -> None:
    terms = terms_between(1399, "4052")
    assert [previous_term(term) for term in terms[1:]] == list(terms[:-1])


@pytest.mark.parametrize("given", ["", "404", "4044", "4040", "40411", "404x", "x041", "²041"])
def test_it_refuses_what_is_no_term(given: str) -> None:
    with pytest.raises(ConfigError):
        checked_term(given)


def test_it_takes_persian_digits_for_a_term() -> None:
    assert checked_term(" ۴۰۴۱ ") == "4041"
