"""Addresses of our own pages: files for Streamlit's links, relative URLs for our own HTML."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlencode

PAGES = Path(__file__).resolve().parents[1]
PERSON = "person"
"""The name of a person's ref in an address."""


def page_file(name: str) -> str:
    """What `st.page_link` and `st.switch_page` take."""
    return str(PAGES / f"{name}.py")


def run_address(run_id: int) -> str:
    return "run?" + urlencode({"id": run_id})


def changes_address(filters: Mapping[str, str | None]) -> str:
    return "changes?" + urlencode({name: value for name, value in filters.items() if value})


def rule_address(source: str, rule: str) -> str:
    """The people who break a rule. A source's page has its name."""
    return f"{source}?" + urlencode({"rule": rule})


def unit_address(source: str, unit: str) -> str:
    """The people whose rows come from a unit. A source's page has its name."""
    return f"{source}?" + urlencode({"unit": unit})


def person_address(page: str, ref: str, kept: Mapping[str, Sequence[str]] | None = None, /) -> str:
    """`ref`: the opaque one; nothing else of a person stands in an address."""
    return f"{page}?" + urlencode({**(kept or {}), PERSON: ref}, doseq=True)
