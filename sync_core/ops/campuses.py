"""The list of campuses: one of them is added, changed or removed, or a file replaces them all.

What is wrong changes nothing. A file is the whole truth: campuses that it does not name are removed
from the table (their people stay where they are).
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from sync_core.access import audit
from sync_core.access.permissions import CONFIGURE, SEE, Actor, require
from sync_core.ops.campus_file import (
    HEADER,
    STALE,
    TWICE,
    CampusRefused,
    checked_campus,
    parse_campuses,
)
from sync_core.store import campuses as queries
from sync_core.store.campuses import Campus as Campus
from sync_core.store.campuses import Difference as Difference
from sync_core.store.campuses import Replaced
from sync_core.store.engines import Databases

TOLD = 20
"""How many names one entry of the audit log holds."""


@dataclass(frozen=True, slots=True)
class CampusList:
    """`provinces`: code → name. `mark`: the same as long as no campus changes."""

    campuses: tuple[Campus, ...]
    provinces: Mapping[int, str]
    mark: str

    def province_of(self, campus: Campus) -> str | None:
        """None where it has none: 0 is the code of a province."""
        if campus.province_code is None:
            return None
        return self.provinces.get(campus.province_code)


@dataclass(frozen=True, slots=True)
class Preview:
    """What an import would do. `mark`: of the table that it was compared with."""

    difference: Difference
    mark: str


def read_campuses(databases: Databases, actor: Actor) -> CampusList:
    require(actor, SEE)
    with databases.data.read() as session:
        found = queries.all_campuses(session)
        provinces = {code: name for name, code in queries.province_names(session).items()}
    return CampusList(tuple(found), provinces, _mark(found))


def save_campus(
    databases: Databases, actor: Actor, given: Mapping[str, str], seen: Campus | None = None
) -> Campus:
    """Adds one, or changes the one that was `seen`, whose code stays. By the names of `HEADER`.

    Raises Denied, CampusRefused.
    """
    require(actor, CONFIGURE)
    with databases.data.write() as session:
        before = queries.locked_campuses(session)
        new = checked_campus(given, set(queries.province_names(session).values()))
        others = _without(before, seen) if seen else before
        if any(campus.pardis_code == new.pardis_code for campus in others):
            words = f"There is a campus {new.pardis_code} already."
            raise CampusRefused(TWICE, words, hint="Nothing was changed. Change that one.")
        queries.replace_campuses(session, [*others, new])
    _record(databases, actor, seen, new)
    return new


def remove_campus(databases: Databases, actor: Actor, seen: Campus) -> None:
    """Its people stay where they are. Raises Denied, CampusRefused."""
    require(actor, CONFIGURE)
    with databases.data.write() as session:
        before = queries.locked_campuses(session)
        queries.replace_campuses(session, _without(before, seen))
    _record(databases, actor, seen, None)


def preview_import(databases: Databases, actor: Actor, content: bytes) -> Preview:
    """Changes nothing. Raises Denied, CampusRefused."""
    require(actor, CONFIGURE)
    with databases.data.read() as session:
        before = queries.all_campuses(session)
        after = parse_campuses(content, set(queries.province_names(session).values()))
    return Preview(queries.compare(before, after), _mark(before))


def import_campuses(
    databases: Databases, actor: Actor, content: bytes, *, expected: str | None = None
) -> Replaced:
    """`expected`: the mark of the table that the actor saw; None: whatever it is by now.

    Raises Denied, CampusRefused.
    """
    require(actor, CONFIGURE)
    with databases.data.read() as session:
        provinces = set(queries.province_names(session).values())
    campuses = parse_campuses(content, provinces)
    with databases.data.write() as session:
        before = queries.locked_campuses(session)
        if expected is not None and _mark(before) != expected:
            raise _stale()
        what = queries.compare(before, campuses)
        replaced = queries.replace_campuses(session, campuses)
    with databases.control.write() as session:
        audit.record(session, actor, audit.CAMPUSES_IMPORTED, detail=_told(what))
    return replaced


def export_campuses(databases: Databases, actor: Actor) -> str:
    """The table as the CSV that `import_campuses` takes."""
    require(actor, SEE)
    with databases.data.read() as session:
        campuses = queries.all_campuses(session)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows((c.pardis_code, c.name, c.province_code, c.type) for c in campuses)
    return text.getvalue()


def _without(before: Sequence[Campus], seen: Campus) -> list[Campus]:
    """Raises CampusRefused where it is not there any more as it was seen."""
    if seen not in before:
        raise _stale()
    return [campus for campus in before if campus != seen]


def _stale() -> CampusRefused:
    words = "Somebody changed the campuses after you looked."
    return CampusRefused(STALE, words, hint="Nothing was changed. Look again, then save.")


def _mark(campuses: Sequence[Campus]) -> str:
    return sha256(repr(campuses).encode()).hexdigest()


def _record(databases: Databases, actor: Actor, old: Campus | None, new: Campus | None) -> None:
    one = new or old
    code = one.pardis_code if one else None
    with databases.control.write() as session:
        detail = audit.change("campus", _as_text(old), _as_text(new))
        audit.record(session, actor, audit.CAMPUS_CHANGED, code, detail)


def _as_text(campus: Campus | None) -> str:
    if campus is None:
        return "nothing"
    given = (campus.name, campus.province_code, campus.type)
    return ", ".join(str(part) for part in given if part is not None)


def _told(what: Difference) -> str:
    total = len(what.added) + len(what.changed) + what.unchanged
    parts = [
        f"{total} campuses",
        _codes("added", what.added),
        _codes("changed", [new for _, new in what.changed]),
        _codes("removed", what.removed),
    ]
    return "; ".join(filter(None, parts))


def _codes(word: str, campuses: Sequence[Campus]) -> str:
    shown = ", ".join(campus.pardis_code for campus in campuses[:TOLD])
    more = ", …" if len(campuses) > TOLD else ""
    return f"{word} {shown}{more}" if campuses else ""
