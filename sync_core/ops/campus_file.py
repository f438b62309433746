"""Reads a list of campuses: a CSV file, or the cells that were copied from a spreadsheet.

It refuses the whole list for the first line that is wrong, and says which and why. It stores
nothing.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Set

from sync_core.base.errors import ConfigError
from sync_core.base.text import ascii_digits
from sync_core.store.campuses import Campus

HEADER = ("pardis_code", "name", "province_code", "type")
LONGEST_CODE, LONGEST_NAME = 12, 200
SEPARATORS = ("\t", ";", ",")
"""Of copied cells; of the CSV of a spreadsheet in a country with decimal commas; of all others."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
HOW = "Give the header pardis_code,name and, if you have them, province_code,type."

EMPTY, ENCODING, HEADING, CELLS, NO_CSV, TWICE, CODE, NAME, PROVINCE, STALE = (
    *("empty", "encoding", "heading", "cells", "no csv", "twice"),
    *("code", "name", "province", "stale"),
)


class CampusRefused(ConfigError):
    """Nothing was changed. `reason`: what is wrong; `line`: where in a list, 0 for no one line."""

    def __init__(self, reason: str, message: str, *, hint: str = "", line: int = 0) -> None:
        super().__init__(message, hint=hint or f"Nothing was changed. {HOW}")
        self.reason, self.line = reason, line


def parse_campuses(content: bytes, provinces: Set[int]) -> list[Campus]:
    """`content`: UTF-8, with or without a BOM; `provinces`: the codes that exist.

    Raises CampusRefused for the first line that is wrong.
    """
    found: dict[str, Campus] = {}
    for line, cells in _lines(content):
        campus = checked_campus(cells, provinces, line)
        if campus.pardis_code in found:
            words = f"names the campus {campus.pardis_code} a second time"
            raise _wrong(line, TWICE, words)
        found[campus.pardis_code] = campus
    if not found:
        raise CampusRefused(EMPTY, "The file names no campus.")
    return list(found.values())


def checked_campus(cells: Mapping[str, str], provinces: Set[int], line: int = 0) -> Campus:
    """One campus, by the names of `HEADER`. Raises CampusRefused."""
    code, name = ascii_digits(cells["pardis_code"]).strip(), cells["name"].strip()
    if not (_is_number(code) and len(code) <= LONGEST_CODE):
        raise _wrong(line, CODE, f"has the code {code[:40]!r}, which is no number")
    if not _is_name(name):
        raise _wrong(line, NAME, "has no name that can be used")
    kind = cells.get("type", "").strip()
    if kind and not _is_name(kind):
        raise _wrong(line, NAME, "has a type that cannot be used")
    province = ascii_digits(cells.get("province_code", "")).strip()
    return Campus(code, name, _province(line, province, provinces), kind or None)


def _lines(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """Number and cells of each line that is not empty; names of columns in small letters."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        hint = "Nothing was changed. Save it as CSV UTF-8."
        raise CampusRefused(ENCODING, "The file is not UTF-8 text.", hint=hint) from exc
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    try:
        header = _header(next(reader, []))
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, _named(reader.line_num, header, cells)
    except csv.Error as exc:
        raise _wrong(reader.line_num, NO_CSV, "is no CSV line") from exc


def _separator(text: str) -> str:
    first = text.split("\n", 1)[0]
    return next((one for one in SEPARATORS if one in first), ",")


def _header(cells: list[str]) -> list[str]:
    names = [cell.strip().lower() for cell in cells]
    if {"pardis_code", "name"} <= set(names) and len(set(names)) == len(names):
        return names
    raise CampusRefused(HEADING, "The file's first line is not its header.")


def _named(line: int, header: list[str], cells: list[str]) -> dict[str, str]:
    if len(cells) != len(header):
        words = f"has {len(cells)} cells where the header has {len(header)}"
        raise _wrong(line, CELLS, words)
    return {name: cell.strip() for name, cell in zip(header, cells, strict=True)}


def _province(line: int, given: str, provinces: Set[int]) -> int | None:
    if not given:
        return None
    if _is_number(given) and len(given) <= LONGEST_CODE and int(given) in provinces:
        return int(given)
    raise _wrong(line, PROVINCE, f"has the province code {given[:40]!r}, which no province has")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _is_name(text: str) -> bool:
    """A spreadsheet that opens the list again must not take it for a formula."""
    seen = not any(ord(letter) < 32 for letter in text)
    return seen and 0 < len(text) <= LONGEST_NAME and not text.startswith(FORMULA)


def _wrong(line: int, reason: str, what: str) -> CampusRefused:
    words = f"Line {line} {what}." if line else f"The campus {what}."
    return CampusRefused(reason, words, line=line)
