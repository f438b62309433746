"""Addresses of our own pages: files for Streamlit's links, relative URLs for our own HTML."""

from pathlib import Path
from urllib.parse import urlencode

PAGES = Path(__file__).resolve().parents[1]


def page_file(name: str) -> str:
    """What `st.page_link` and `st.switch_page` take."""
    return str(PAGES / f"{name}.py")


def run_address(run_id: int, **filters: str | None) -> str:
    kept = {name: value for name, value in filters.items() if value}
    return "runs?" + urlencode({**kept, "id": run_id})
