"""The list of campuses as a CSV file: reads and checks all of it, then replaces the table at once.

A line that is wrong changes nothing. The file is the whole truth: campuses that it does not name
are removed from the table (their people stay where they are).
"""

import csv
import io
from collections.abc import Iterator, Mapping, Set

from sync_core.access import audit
from sync_core.access.permissions import CONFIGURE, Actor, require
from sync_core.base.errors import ConfigError
from sync_core.base.text import ascii_digits
from sync_core.store import campuses as queries
from sync_core.store.campuses import Campus, Replaced
from sync_core.store.engines import Databases

HEADER = ("pardis_code", "name", "province_code", "type")
LONGEST_CODE = 12
HOW = "Give the header pardis_code,name and, if you have them, province_code,type."


def import_campuses(databases: Databases, actor: Actor, content: bytes) -> Replaced:
    """`content`: UTF-8, with or without a BOM. Raises Denied, and ConfigError with the line."""
    require(actor, CONFIGURE)
    with databases.data.read() as session:
        provinces = set(queries.province_names(session).values())
    campuses = parse_campuses(content, provinces)
    with databases.data.write() as session:
        replaced = queries.replace_campuses(session, campuses)
    with databases.control.write() as session:
        audit.record(session, actor.name, "campuses.imported", target=f"{len(campuses)} campuses")
    return replaced


def export_campuses(databases: Databases) -> str:
    """The table as the CSV that `import_campuses` takes."""
    with databases.data.read() as session:
        campuses = queries.all_campuses(session)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows((c.pardis_code, c.name, c.province_code, c.type) for c in campuses)
    return text.getvalue()


def parse_campuses(content: bytes, provinces: Set[int]) -> list[Campus]:
    """Raises ConfigError for the first line that is wrong; `provinces` are the codes that exist."""
    found: dict[str, Campus] = {}
    for line, cells in _lines(content):
        campus = _campus(line, cells, provinces)
        if campus.pardis_code in found:
            raise _wrong(line, f"names the campus {campus.pardis_code} a second time")
        found[campus.pardis_code] = campus
    if not found:
        raise ConfigError("The file names no campus.", hint=f"Nothing was changed. {HOW}")
    return list(found.values())


def _lines(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """Number and cells of each line that is not empty; names of columns in small letters."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise ConfigError(
            "The file is not UTF-8 text.", hint="Nothing was changed. Save it as CSV UTF-8."
        ) from exc
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = _header(next(reader, []))
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, _named(reader.line_num, header, cells)
    except csv.Error as exc:
        raise _wrong(reader.line_num, "is no CSV line") from exc


def _header(cells: list[str]) -> list[str]:
    names = [cell.strip().lower() for cell in cells]
    if {"pardis_code", "name"} <= set(names) and len(set(names)) == len(names):
        return names
    raise ConfigError(
        "The file's first line is not its header.", hint=f"Nothing was changed. {HOW}"
    )


def _named(line: int, header: list[str], cells: list[str]) -> dict[str, str]:
    if len(cells) != len(header):
        raise _wrong(line, f"has {len(cells)} cells where the header has {len(header)}")
    return {name: cell.strip() for name, cell in zip(header, cells, strict=True)}


def _campus(line: int, cells: Mapping[str, str], provinces: Set[int]) -> Campus:
    code, name = ascii_digits(cells["pardis_code"]), cells["name"]
    if not (_is_number(code) and len(code) <= LONGEST_CODE):
        raise _wrong(line, f"has the code {code[:40]!r}, which is no number")
    if not name or "\x00" in name:
        raise _wrong(line, "has no name")
    return Campus(
        pardis_code=code,
        name=name,
        province_code=_province(line, ascii_digits(cells.get("province_code", "")), provinces),
        type=cells.get("type") or None,
    )


def _province(line: int, given: str, provinces: Set[int]) -> int | None:
    if not given:
        return None
    if _is_number(given) and len(given) <= LONGEST_CODE and int(given) in provinces:
        return int(given)
    raise _wrong(line, f"has the province code {given[:40]!r}, which no province has")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _wrong(line: int, what: str) -> ConfigError:
    return ConfigError(f"Line {line} {what}.", hint=f"Nothing was changed. {HOW}")
