"""The table in docs/settings.md of what the settings page can set, from `base.settable`."""

import sys
from collections.abc import Iterator

from sync_core.base.settable import OPTIONAL_SECONDS, RATE, SECONDS, SETTABLE, TERMS, Settable
from tests.conftest import ROOT

PAGE = ROOT / "docs" / "settings.md"
BEGIN, END = "<!-- made from sync_core/base/settable.py -->", "<!-- up to here -->"


def table() -> str:
    rows = ["| setting | section | what may be given | default |", "|---|---|---|---|", *_rows()]
    return f"{BEGIN}\n" + "\n".join(rows) + f"\n{END}"


def _rows() -> Iterator[str]:
    for one in SETTABLE:
        default = "—" if one.default in (None, ()) else _figure(one.default)
        yield f"| `{one.variable}` | {one.section} | {_bounds(one)} | {default} |"


def _bounds(one: Settable) -> str:
    if one.choices:
        return ", ".join(one.choices)
    if one.kind == TERMS:
        return "terms such as 4041,4042"
    unit = f" {one.unit}" if one.unit else ""
    if one.kind in {SECONDS, OPTIONAL_SECONDS}:
        return f"above 0, up to {one.high:.10g}{unit}"
    none = "0 for no limit, or 0.01" if one.kind == RATE else f"{one.low:g}"
    return f"{none} to {one.high:.10g}{unit}"


def _figure(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def updated(text: str) -> str:
    start, end = text.index(BEGIN), text.index(END) + len(END)
    return text[:start] + table() + text[end:]


if __name__ == "__main__" and "--update" in sys.argv:
    PAGE.write_text(updated(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
