"""Queries on `pardis` and `province`, the tables that say which campuses a plan covers."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from sync_core.store.data import pardis, province
from sync_core.store.postgresql import lock_table


@dataclass(frozen=True, slots=True)
class Campus:
    pardis_code: str
    name: str
    province_code: int | None = None
    type: str | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """Of two lists of campuses. `changed`: as it was, and as it becomes."""

    added: tuple[Campus, ...]
    changed: tuple[tuple[Campus, Campus], ...]
    removed: tuple[Campus, ...]
    unchanged: int

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.changed or self.removed)


@dataclass(frozen=True, slots=True)
class Replaced:
    """How many campuses a new list added, changed, removed and left as they were."""

    added: int
    changed: int
    removed: int
    unchanged: int


def all_campuses(session: Session) -> list[Campus]:
    columns = (pardis.c.pardis_code, pardis.c.name, pardis.c.province_code, pardis.c.type)
    rows = session.execute(select(*columns).order_by(pardis.c.pardis_code))
    return [Campus(*row) for row in rows]


def province_names(session: Session) -> dict[str, int]:
    """Name → code of every province."""
    rows = session.execute(select(province.c.name, province.c.province_code))
    return {row.name: row.province_code for row in rows}


def locked_campuses(session: Session) -> list[Campus]:
    """All of them; until the transaction ends nobody else changes one."""
    lock_table(session, pardis)
    return all_campuses(session)


def compare(before: Iterable[Campus], after: Iterable[Campus]) -> Difference:
    """What would have to be done to the one list to make it the other."""
    old = {campus.pardis_code: campus for campus in before}
    new = {campus.pardis_code: campus for campus in after}
    both = [(old[code], campus) for code, campus in new.items() if code in old]
    return Difference(
        added=tuple(campus for code, campus in new.items() if code not in old),
        changed=tuple((was, campus) for was, campus in both if was != campus),
        removed=tuple(old[code] for code in sorted(old.keys() - new.keys())),
        unchanged=sum(was == campus for was, campus in both),
    )


def replace_campuses(session: Session, campuses: Iterable[Campus]) -> Replaced:
    """The table becomes the list: rows that it does not name are removed."""
    what = compare(locked_campuses(session), campuses)
    _apply(session, what)
    return Replaced(len(what.added), len(what.changed), len(what.removed), what.unchanged)


def _apply(session: Session, what: Difference) -> None:
    if what.added:
        session.execute(insert(pardis), [asdict(campus) for campus in what.added])
    for _, campus in what.changed:
        values: Mapping[str, object] = asdict(campus)
        session.execute(
            update(pardis).where(pardis.c.pardis_code == campus.pardis_code).values(values)
        )
    for campus in what.removed:
        session.execute(delete(pardis).where(pardis.c.pardis_code == campus.pardis_code))
