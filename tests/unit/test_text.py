"""Folding of Persian text."""

import pytest

from sync_core.base.text import ascii_digits, fold, visible


def test_it_makes_digits_ascii_and_leaves_the_rest() -> None:
    assert ascii_digits("۰۱۲۳۴۵۶۷۸۹ ٠١٢٣٤٥٦٧٨٩ 7 علي") == "0123456789 0123456789 7 علي"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("علي", "علی"),
        ("موسى", "موسی"),
        ("كرمان", "کرمان"),
        ("می\u200cروم", "میروم"),
        ("\u200f تهران\u00a0 بزرگ \ufeff", "تهران بزرگ"),
        ("كـــرمان", "کرمان"),
        ("Straße", "STRASSE"),
        ("کد ۱۲", "کد 12"),
    ],
)
def test_it_folds_to_the_same_text(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_it_keeps_words_apart_when_it_folds() -> None:
    assert fold("آذربایجان شرقی") != fold("آذربایجان غربی")
    assert fold(" a \n b ") == "a b"


def test_it_drops_what_cannot_be_seen() -> None:
    assert visible("\ufeff\u200e 12 3\u200c\n") == "12 3"
