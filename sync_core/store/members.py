"""Queries on `unit_members`: who was in a unit's last success, with the digest of each record."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, bindparam, delete, select
from sqlalchemy.orm import Session

from sync_core.store.bulk import as_list, dialect_of, insert_rows, listed
from sync_core.store.data import unit_members, unit_state
from sync_core.store.sqlite import INSERT_MEMBERS

DIGEST_BYTES = 16

_UNITS: Any = bindparam("units", expanding=True)
_DIGESTS = select(unit_members).where(unit_members.c.unit_id.in_(_UNITS))


def digests_of(session: Session, units: Sequence[int]) -> dict[int, dict[str, bytes]]:
    """Unit → key → digest."""
    digests: dict[int, dict[str, bytes]] = {unit_id: {} for unit_id in units}
    for unit_id, key, digest in session.execute(_DIGESTS, {"units": units}).all():
        digests[unit_id][key] = digest
    return digests


def replace(
    session: Session, unit_id: int, removed: Collection[str], digests: Mapping[str, bytes]
) -> None:
    """Takes out `removed`, then puts in `digests` (key → digest), none of which may be there."""
    keys = sorted(digests)
    _remove(session, unit_id, list(removed))
    _add(session, unit_id, keys, [digests[key] for key in keys])


def reported_by(
    session: Session, units: Sequence[int] | Select[tuple[int]], keys: Sequence[str]
) -> set[str]:
    """Those of `keys` that are in one of `units`; goes through all members of these once."""
    dialect = dialect_of(session)
    query = select(unit_members.c.key).where(
        unit_members.c.unit_id.in_(units),
        unit_members.c.key.in_(select(listed(dialect).c.value)),
    )
    return set(session.scalars(query, {"keys": as_list(dialect, keys)}))


def reported_among(session: Session, source: str, keys: Sequence[str]) -> set[str]:
    """Those of `keys` that are in some unit of the source, whether planned or not."""
    units = select(unit_state.c.id).where(unit_state.c.source == source)
    return reported_by(session, units, keys)


def _remove(session: Session, unit_id: int, keys: Sequence[str]) -> None:
    if not keys:
        return
    dialect = dialect_of(session)
    session.execute(
        delete(unit_members).where(
            unit_members.c.unit_id == unit_id,
            unit_members.c.key.in_(select(listed(dialect).c.value)),
        ),
        {"keys": as_list(dialect, keys)},
    )


def _add(session: Session, unit_id: int, keys: Sequence[str], digests: Sequence[bytes]) -> None:
    if not keys:
        return
    if dialect_of(session) != "sqlite":
        rows = [(unit_id, key, digest) for key, digest in zip(keys, digests, strict=True)]
        insert_rows(session, unit_members, ("unit_id", "key", "digest"), rows)
        return
    values = {"unit_id": unit_id, "size": DIGEST_BYTES, "digests": b"".join(digests)}
    session.execute(INSERT_MEMBERS, {**values, "keys": as_list("sqlite", keys)})
