"""How many rows break each rule after each run, and which ones; the fields that were sent"""

import sqlalchemy as sa
from alembic import op

from sync_core.store.types import UtcDateTime, code_text

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "quality_counts",
        sa.Column("source", sa.String(length=50), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=30), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("source", "run_id", "rule", name="quality_counts_pk"),
    )
    op.create_table(
        "quality_rows",
        sa.Column("source", sa.String(length=50), nullable=False),
        sa.Column("rule", sa.String(length=30), nullable=False),
        sa.Column("key", code_text(), nullable=False),
        sa.PrimaryKeyConstraint("source", "rule", "key", name="quality_rows_pk"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "source_fields",
        sa.Column("source", sa.String(length=50), nullable=False),
        sa.Column("field", sa.String(length=50), nullable=False),
        sa.Column("first_run", sa.Integer(), nullable=False),
        sa.Column("last_run", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("source", "field", name="source_fields_pk"),
    )
    op.drop_index("row_changes_run", table_name="row_changes")
    op.create_index("row_changes_what", "row_changes", ["source", "run_id", "column"])
