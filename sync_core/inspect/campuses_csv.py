"""The campuses as a file for a spreadsheet, in the form that an import takes again."""

from collections.abc import Iterator

from sync_core.access.permissions import SEE, Actor, require
from sync_core.inspect.csv_text import csv_lines
from sync_core.store import campuses
from sync_core.store.engines import Databases

HEADER = ("pardis_code", "name", "province_code", "type")


def campuses_csv(databases: Databases, actor: Actor) -> Iterator[str]:
    require(actor, SEE)
    with databases.data.read() as session:
        found = campuses.all_campuses(session)
    rows = [(one.pardis_code, one.name, one.province_code, one.type) for one in found]
    return csv_lines(HEADER, rows)
