"""Queries on `pardis` and `province`, the tables that say which campuses a plan covers."""

from collections.abc import Mapping, Sequence
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


def replace_campuses(session: Session, campuses: Sequence[Campus]) -> Replaced:
    """The table becomes the list: rows that it does not name are removed."""
    lock_table(session, pardis)
    before = {campus.pardis_code: campus for campus in all_campuses(session)}
    after = {campus.pardis_code: campus for campus in campuses}
    added = [campus for code, campus in after.items() if code not in before]
    changed = [c for code, c in after.items() if code in before and before[code] != c]
    removed = sorted(before.keys() - after.keys())
    _apply(session, added, changed, removed)
    return Replaced(
        added=len(added),
        changed=len(changed),
        removed=len(removed),
        unchanged=len(after) - len(added) - len(changed),
    )


def _apply(
    session: Session, added: Sequence[Campus], changed: Sequence[Campus], removed: Sequence[str]
) -> None:
    if added:
        session.execute(insert(pardis), [asdict(campus) for campus in added])
    for campus in changed:
        values: Mapping[str, object] = asdict(campus)
        session.execute(
            update(pardis).where(pardis.c.pardis_code == campus.pardis_code).values(values)
        )
    for code in removed:
        session.execute(delete(pardis).where(pardis.c.pardis_code == code))
