"""Names as they are looked for, folded and indexed by their trigrams; who is missing, indexed"""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from sync_core.base.text import fold

revision = "0004"
down_revision = "0003"

PEOPLE = {
    "faculty": ("nationalcode", ("family", "name")),
    "Students": ("studentnum", ("familyname", "firstname")),
}
AT_ONCE = 10_000
FORGET = """
CREATE FUNCTION hamgam_forget_names() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.names_folded := NULL;
  RETURN NEW;
END $$
"""
TRIGRAMS = """
DO $$ BEGIN
  CREATE EXTENSION IF NOT EXISTS pg_trgm;
EXCEPTION WHEN OTHERS THEN
  RAISE NOTICE 'There is no pg_trgm: names are looked for without an index.';
END $$
"""


def upgrade() -> None:
    gone = sa.text("missing_since IS NOT NULL")
    for table, (key, _names) in PEOPLE.items():
        op.add_column(table, sa.Column("names_folded", sa.Text(), nullable=True))
        op.add_column(table, sa.Column("names_id", sa.Integer(), nullable=True))
        op.create_index(
            f"ix_{table}_missing", table, [key], sqlite_where=gone, postgresql_where=gone
        )
    if op.get_bind().dialect.name == "sqlite":
        _upgrade_sqlite()
    else:
        _upgrade_postgresql()


def _upgrade_sqlite() -> None:
    for table, (key, names) in PEOPLE.items():
        op.execute(
            f"CREATE VIRTUAL TABLE \"{table}_names\" USING fts5(folded, content='',"
            " tokenize='trigram case_sensitive 1', detail=none, columnsize=0)"
        )
        _fold_names(table, key, names)
        op.create_index(f"ix_{table}_names", table, ["names_id", "names_folded", key])
        changed = " OR ".join(f"new.{name} IS NOT old.{name}" for name in names)
        op.execute(
            f'CREATE TRIGGER "{table}_names_changed" AFTER UPDATE OF {", ".join(names)}'  # noqa: S608
            f' ON "{table}" WHEN {changed} BEGIN'
            f' UPDATE "{table}" SET names_folded = NULL, names_id = NULL'
            f" WHERE {key} = new.{key}; END"
        )


def _upgrade_postgresql() -> None:
    op.execute(FORGET)
    op.execute(TRIGRAMS)
    there = "SELECT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm')"
    has_trigrams = op.get_bind().scalar(sa.text(there))
    for table, (key, names) in PEOPLE.items():
        _fold_names(table, key, names)
        op.execute(
            f'CREATE INDEX "ix_{table}_unfolded" ON "{table}" ({key}) WHERE names_folded IS NULL'
        )
        if has_trigrams:
            op.execute(
                f'CREATE INDEX "ix_{table}_names" ON "{table}"'
                " USING gin (names_folded gin_trgm_ops)"
            )
        changed = " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in names)
        op.execute(
            f'CREATE TRIGGER "{table}_names_changed" BEFORE UPDATE OF {", ".join(names)}'
            f' ON "{table}" FOR EACH ROW WHEN ({changed})'
            " EXECUTE FUNCTION hamgam_forget_names()"
        )


def _fold_names(table: str, key: str, names: tuple[str, ...]) -> None:
    bind, number = op.get_bind(), 0
    is_sqlite = bind.dialect.name == "sqlite"
    put = sa.text(
        f'UPDATE "{table}" SET names_folded = :text, names_id = :number WHERE {key} = :key'  # noqa: S608
    )
    index = sa.text(f'INSERT INTO "{table}_names" (rowid, folded) VALUES (:number, :text)')  # noqa: S608
    for rows in _rows(table, key, names):
        folded = [
            {
                "key": row[0],
                "text": _folded(row[1:]),
                "number": number + place if is_sqlite else None,
            }
            for place, row in enumerate(rows, 1)
        ]
        number += len(rows)
        bind.execute(put, folded)
        if is_sqlite:
            bind.execute(index, folded)


def _rows(table: str, key: str, names: tuple[str, ...]) -> Iterator[list[sa.Row[tuple[str, ...]]]]:
    """In the order of their keys."""
    query = sa.text(
        f'SELECT {key}, {", ".join(names)} FROM "{table}"'  # noqa: S608
        f" WHERE {key} > :last ORDER BY {key} LIMIT {AT_ONCE}"
    )
    bind, last = op.get_bind(), ""
    while rows := list(bind.execute(query, {"last": last})):
        yield rows
        last = rows[-1][0]


def _folded(names: tuple[str | None, ...]) -> str:
    return " ".join(filter(None, (fold(name) for name in names if name)))
