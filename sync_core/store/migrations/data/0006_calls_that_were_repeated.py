"""Calls that were repeated for a unit"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    count = sa.Column("repeats", sa.Integer(), server_default=sa.text("0"), nullable=False)
    op.add_column("unit_runs", count)
