"""One person of a source, masked. `inspect.reveal` alone shows more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sync_core.access.permissions import SEE, Actor, require
from sync_core.base.settings import Settings
from sync_core.engine.source import Source
from sync_core.inspect.masking import Mask, personal_columns
from sync_core.inspect.refs import Refs, unknown_person
from sync_core.store import people as store
from sync_core.store.engines import Databases


@dataclass(frozen=True, slots=True)
class Person:
    """`row`: the source's columns in their order, then `missing_since`, `first_run`, `last_run`."""

    row: Mapping[str, Any]
    names: tuple[str, ...]
    """What the person is called, as far as that is known."""
    personal: frozenset[str]


def read_person(
    settings: Settings, databases: Databases, actor: Actor, source: Source, ref: str
) -> Person:
    """Raises Denied, UnknownPerson."""
    require(actor, SEE)
    key = Refs.of(settings, source).key_of(ref)
    columns = tuple(column.name for column in source.columns)
    row = Mask.of(source).row(row_of(databases, source, key, columns))
    return Person(
        row=row,
        names=tuple(str(row[name]) for name in source.names if row[name]),
        personal=frozenset(column.name for column in personal_columns(source)),
    )


def row_of(
    databases: Databases, source: Source, key: str, columns: Sequence[str]
) -> dict[str, Any]:
    """`columns` and our own as they are stored: for this room alone. Raises UnknownPerson."""
    with databases.data.read() as session:
        row = store.find_row(session, source.table, source.key, key, columns)
    if row is None:
        raise unknown_person()
    return row
