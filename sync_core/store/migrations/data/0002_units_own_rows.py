"""Rows know their unit; units know what was sent, so that it need not be read again"""

import sqlalchemy as sa
from alembic import op

from sync_core.store.types import code_text

revision = "0002"
down_revision = "0001"

PEOPLE = {"students": ("Students", "studentnum"), "faculty": ("faculty", "nationalcode")}


def upgrade() -> None:
    for source, (table, key) in PEOPLE.items():
        _give_rows_their_unit(source, table, key)
    _make_members_anew()
    with op.batch_alter_table("unit_state", schema=None) as batch_op:
        batch_op.drop_column("mapping_version")
    with op.batch_alter_table("unit_state", schema=None) as batch_op:
        batch_op.add_column(sa.Column("mapping_version", sa.String(length=32), nullable=True))
        for name in ("people", "duplicates", "rejected"):
            batch_op.add_column(sa.Column(name, sa.Integer(), nullable=True))
    op.add_column(
        "unit_runs",
        sa.Column("skipped", sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def _give_rows_their_unit(source: str, table: str, key: str) -> None:
    op.add_column(table, sa.Column("unit_id", sa.Integer(), nullable=True))
    op.execute(
        f'UPDATE "{table}" SET unit_id = (SELECT m.unit_id FROM unit_members m'  # noqa: S608
        f' JOIN unit_state s ON s.id = m.unit_id WHERE m.key = "{table}"."{key}"'
        f" AND s.source = '{source}' ORDER BY s.in_plan DESC, s.rank DESC LIMIT 1)"
        " WHERE missing_since IS NULL"
    )
    op.create_index(op.f(f"ix_{table}_unit_id"), table, ["unit_id"], unique=False)


def _make_members_anew() -> None:
    """The old digests were of rows, the new ones are of what was sent: none is equal any more."""
    op.rename_table("unit_members", "unit_members_0001")
    op.drop_index("unit_members_key", table_name="unit_members_0001")
    op.create_table(
        "unit_members",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("key", code_text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("unit_id", "key", name="unit_members_pk"),
        sqlite_with_rowid=False,
    )
    nothing = "x''" if op.get_bind().dialect.name == "sqlite" else "''::bytea"
    op.execute(
        f"INSERT INTO unit_members SELECT unit_id, key, {nothing} FROM unit_members_0001"  # noqa: S608
    )
    op.drop_table("unit_members_0001")
