"""Which of many texts hold a word, as a look at each of them says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_core.base.text import fold
from sync_core.inspect.folded import FoldedTexts

SIGNS = st.sampled_from("اابپ ي\u200cك%_'\"*\\aA😀\ud800")
TEXTS = st.lists(st.text(SIGNS, max_size=6), max_size=12)
WORDS = st.text(SIGNS, min_size=1, max_size=3).map(fold).filter(bool)


@given(TEXTS, TEXTS, WORDS)
def test_it_finds_what_a_look_at_each_text_finds(
    texts: list[str], more: list[str], word: str
) -> None:
    held = FoldedTexts.of(texts).and_more(more).holding(word)

    assert held.tolist() == [word in fold(text) for text in [*texts, *more]]


@pytest.mark.parametrize("word", ["آب", "بآ", "ب"])
def test_no_word_reaches_from_one_text_into_the_next(word: str) -> None:
    assert FoldedTexts.of(["آ", "ب", ""]).holding(word).tolist() == [False, word == "ب", False]
