"""Many keys or rows in one statement. What only one database speaks of it stands in its file."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table, TableValuedAlias
from sqlalchemy.orm import Session

from sync_core.store import postgresql, sqlite


def dialect_of(session: Session) -> str:
    return session.get_bind().dialect.name


def listed(dialect: str) -> TableValuedAlias:
    """The parameter `keys` as a relation with the column `value`; see `as_list`."""
    return sqlite.listed() if dialect == "sqlite" else postgresql.listed()


def as_list(dialect: str, keys: Sequence[str]) -> Any:
    """What the parameter `keys` must be given."""
    return sqlite.as_list(keys) if dialect == "sqlite" else postgresql.as_list(keys)


def insert_rows(
    session: Session, table: Table, names: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Values go to the driver as they are: texts, whole numbers and bytes, no times."""
    if not rows:
        return
    connection = session.connection()
    quote = connection.dialect.identifier_preparer.quote
    mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
    into = ", ".join(quote(name) for name in names)
    marks = ", ".join([mark] * len(names))
    connection.exec_driver_sql(
        f"INSERT INTO {quote(table.name)} ({into}) VALUES ({marks})",  # noqa: S608
        list(rows),
    )
