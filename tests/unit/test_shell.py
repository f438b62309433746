"""Streamlit's index page after it was turned to our language."""

import re
from pathlib import Path

import pytest
from streamlit import file_util

from sync_core.access.shell import is_shell, our_shell


@pytest.fixture
def index() -> bytes:
    """Streamlit's own page: when a new version changes it, these tests say so."""
    return (Path(file_util.get_static_dir()) / "index.html").read_bytes()


def test_it_knows_streamlits_page(index: bytes) -> None:
    assert is_shell(index)
    assert not is_shell(b"<html><body>Not found</body></html>")


def test_it_turns_the_page_to_persian(index: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HAMGAM_LANG", "fa")
    page = our_shell(index, "n0nce").decode()
    assert page.count('<html lang="fa" dir="rtl">') == 1
    assert "fa-IR" in page
    assert "<title>همگام</title>" in page
    assert 'href="/assets/hamgam.css"' in page


def test_it_keeps_the_page_left_to_right_when_english(
    index: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HAMGAM_LANG", "en")
    page = our_shell(index, "n0nce").decode()
    assert page.count('<html lang="en" dir="ltr">') == 1
    assert "fa-IR" not in page


def test_it_gives_every_inline_script_the_nonce(index: bytes) -> None:
    page = our_shell(index, "n0nce").decode()
    inline = [tag for tag in re.findall(r"<script[^>]*>", page) if "src=" not in tag]
    assert inline
    assert set(inline) == {'<script nonce="n0nce">'}


def test_it_drops_what_is_closed_or_unused(index: bytes) -> None:
    page = our_shell(index, "n0nce").decode()
    for mark in ('rel="preload"', "service-desc", "_stcore/agent", "favicon.png"):
        assert mark not in page
    assert page.count("</head>") == 1
    assert '<script type="module"' in page
