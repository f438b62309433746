"""The page about security says what the code does."""

import pytest

from tests.meta.security_page import END, PAGE, renewed, written


def test_it_holds_the_matrix_of_today() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert renewed(text) == text, "run: python -m tests.meta.security_page --update"


def test_it_says_who_may_reset_a_password() -> None:
    assert "| `reset_passwords` | · | · | · | yes |" in written()


def test_it_refuses_a_page_without_its_marks() -> None:
    with pytest.raises(ValueError, match="marks"):
        renewed(PAGE.read_text(encoding="utf-8").replace(END, ""))
