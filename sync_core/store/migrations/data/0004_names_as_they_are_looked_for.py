"""Names as they are looked for: folded; who is missing, indexed"""

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
    gone, unfolded = sa.text("missing_since IS NOT NULL"), sa.text("names_folded IS NULL")
    for table, (key, names) in PEOPLE.items():
        op.add_column(table, sa.Column("names_folded", sa.Text(), nullable=True))
        _fold_names(table, key, names)
        for name, these in (("missing", gone), ("unfolded", unfolded)):
            index = f"ix_{table}_{name}"
            op.create_index(index, table, [key], sqlite_where=these, postgresql_where=these)
    count = sa.Column("names_of_others", sa.Integer(), server_default=sa.text("0"), nullable=False)
    op.add_column("source_fence", count)
    if op.get_bind().dialect.name == "sqlite":
        _upgrade_sqlite()
    else:
        _upgrade_postgresql()


def _upgrade_sqlite() -> None:
    for table, (key, names) in PEOPLE.items():
        changed = " OR ".join(f"new.{name} IS NOT old.{name}" for name in names)
        op.execute(
            f'CREATE TRIGGER "{table}_names_changed" AFTER UPDATE OF {", ".join(names)}'  # noqa: S608
            f' ON "{table}" WHEN {changed} BEGIN'
            f' UPDATE "{table}" SET names_folded = NULL WHERE {key} = new.{key}; END'
        )


def _upgrade_postgresql() -> None:
    op.execute(FORGET)
    op.execute(TRIGRAMS)
    there = "SELECT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm')"
    has_trigrams = op.get_bind().scalar(sa.text(there))
    for table, (_key, names) in PEOPLE.items():
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
    bind = op.get_bind()
    put = sa.text(f'UPDATE "{table}" SET names_folded = :text WHERE {key} = :key')  # noqa: S608
    for rows in _rows(table, key, names):
        bind.execute(put, [{"key": row[0], "text": _folded(row[1:])} for row in rows])


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
